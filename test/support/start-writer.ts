import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { built } from './built.ts';
import type { WriterOrder } from './weather-process.ts';

/** A writer of weather rows in a process of its own. */
export interface Writer {
  /** The numbers that it said were written. */
  readonly said: readonly number[];
  /** Tells it what to write; it says nothing before. */
  begin(order: WriterOrder, heard?: (number: number) => void): void;
  freeze(): void;
  thaw(): void;
  /** Kills it, frozen or not, and waits until it is gone and all that it said is heard. */
  kill(): Promise<void>;
}

export function startWriter(): Writer {
  const child = spawn(process.execPath, [built('weather-process.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const said: number[] = [];
  child.stdin.on('error', () => undefined);
  return {
    said,
    begin(order, heard) {
      createInterface(child.stdout).on('line', (line) => {
        said.push(Number(line));
        heard?.(Number(line));
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
