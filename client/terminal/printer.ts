import type { ColourChoice } from './colours.ts';
import { callable } from './callable-commands.ts';
import { inRed, isColourful, withColours } from './colours.ts';
import { screenWidth, wrapProse } from './prose.ts';
import { harmless } from './text-width.ts';
import { jsonLine } from '../../worker/log-line.ts';

/** The output of a command: only its result to stdout, progress messages to stderr. */
export interface Printer {
  readonly json: boolean;
  /** Whether the result has been printed. */
  printed(): boolean;
  /** Prints the command's result: `text`, which may be made only now, or with `--json` the document. Called once. */
  result(document: unknown, text: string | (() => string)): void;
  /** Writes a message; with `--json`, as a line of JSON with the same keys as the log of a worker. */
  readonly log: (line: string, level?: 'INFO' | 'ERROR') => void;
}

/** A printer to stdout and stderr of this process; `json` is the value of `--json`, and `colour` that of `--color`. */
export function createPrinter(json: boolean, colour: ColourChoice = 'auto'): Printer {
  const shown = (text: string) => {
    const lines = fitting(text, process.stdout);
    return isColourful(colour, process.stdout) ? withColours(lines) : lines;
  };
  const logged = (text: string, level: 'INFO' | 'ERROR') => {
    const lines = fitting(text, process.stderr);
    return level === 'ERROR' && isColourful(colour, process.stderr) ? inRed(lines) : lines;
  };
  let printed = false;
  return {
    json,
    printed: () => printed,
    result(document, text) {
      printed = true;
      const output = json
        ? JSON.stringify(document, undefined, 2)
        : shown(typeof text === 'string' ? text : text());
      process.stdout.write(`${output}\n`);
    },
    log: (line, level = 'INFO') =>
      void process.stderr.write(`${json ? jsonLine(new Date(), level, line) : logged(line, level)}\n`),
  };
}

/** The text as the stream shows it: with commands to copy; on a terminal harmless and wrapped. */
function fitting(text: string, stream: NodeJS.WriteStream): string {
  const shown = callable(text);
  return stream.isTTY ? wrapProse(harmless(shown), screenWidth(stream)) : shown;
}
