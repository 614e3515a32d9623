import { jsonLine } from '../../worker/log-line.ts';

/** Where a command's words go: stdout holds its result and nothing else, stderr all that is said on the way. */
export interface Printer {
  readonly json: boolean;
  /** Whether the result has been printed. */
  printed(): boolean;
  /** The command's result: `text` for people, or with `--json` the one document. Called once. */
  result(document: unknown, text: string): void;
  /** A line of news; with `--json` a line of the log, with the keys that a worker's has. */
  readonly say: (line: string, level?: 'INFO' | 'ERROR') => void;
}

export function createPrinter(json: boolean): Printer {
  let printed = false;
  return {
    json,
    printed: () => printed,
    result(document, text) {
      printed = true;
      process.stdout.write(`${json ? JSON.stringify(document, undefined, 2) : text}\n`);
    },
    say: (line, level = 'INFO') =>
      void process.stderr.write(`${json ? jsonLine(new Date(), level, line) : line}\n`),
  };
}
