import { createInterface } from 'node:readline';
import { changeDayFile } from '../../activities/weather/day-file.ts';
import { withObservation } from '../../activities/weather/rows.ts';
import { failureTypes } from '../../model/failure.ts';
import { numberedRow } from './numbered-row.ts';

/** What a writer in a process of its own is told, as one line of JSON on its stdin. */
export interface WriterOrder {
  readonly path: string;
  /** Of its first row, and how far the next is from it. */
  readonly first: number;
  readonly step: number;
  /** How many to write; until it is killed when absent. */
  readonly rows?: number;
}

/** Writes one row after another into a wind file, and says the number of each when it is written. */
async function write({ path, first, step, rows = Infinity }: WriterOrder): Promise<void> {
  const { signal } = new AbortController();
  for (let number = first; number < first + rows * step;) {
    try {
      await changeDayFile(path, 'wind', signal, (before) => withObservation(before, numberedRow(number)));
      process.stdout.write(`${number}\n`);
      number += step;
    } catch (error) {
      if ((error as { type?: unknown }).type !== failureTypes.fileMoved) throw error;
    }
  }
}

async function main(): Promise<void> {
  for await (const line of createInterface(process.stdin)) void write(JSON.parse(line) as WriterOrder);
  // Whoever gave the order is gone, or wants no more.
  process.kill(process.pid, 'SIGKILL');
}

void main();
