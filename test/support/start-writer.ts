import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { built } from './built.ts';
import type { WriterOrder } from './weather-process.ts';

/** A writer of weather rows in a separate process. */
export interface Writer {
  /** The numbers of the rows reported as written. */
  readonly reported: readonly number[];
  /** Makes it start writing; `onReport` is called for each row reported. */
  begin(order: WriterOrder, onReport?: (number: number) => void): void;
  freeze(): void;
  thaw(): void;
  /** Kills it, frozen or not, and waits until it is gone and all its reports are read. */
  kill(): Promise<void>;
}

export function startWriter(): Writer {
  const child = spawn(process.execPath, [built('weather-process.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const reported: number[] = [];
  child.stdin.on('error', () => undefined);
  return {
    reported,
    begin(order, onReport) {
      createInterface(child.stdout).on('line', (line) => {
        reported.push(Number(line));
        onReport?.(Number(line));
      });
      child.stdin.write(`${JSON.stringify(order)}\n`);
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
