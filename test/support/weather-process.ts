import { createInterface } from 'node:readline';
import { changeDayFile } from '../../activities/weather/day-file.ts';
import { withObservation } from '../../activities/weather/rows.ts';
import { failureTypes } from '../../model/failure.ts';
import { numberedRow, windFile } from './numbered-row.ts';

/** The instructions for a writer in a separate process, as one line of JSON on its stdin. */
export interface WriterOrder {
  readonly path: string;
  /** The number of its first row, and the difference to the next. */
  readonly first: number;
  readonly increment: number;
  /** How many rows to write; without limit when absent. */
  readonly rows?: number;
}

/** Writes one row after another into a wind file, and prints the number of each once it is written. */
async function write({ path, first, increment, rows = Infinity }: WriterOrder): Promise<void> {
  const { signal } = new AbortController();
  const file = windFile(path);
  for (let number = first; number < first + rows * increment;) {
    try {
      await changeDayFile(file, signal, (before) => withObservation(before, numberedRow(number)));
      process.stdout.write(`${number}\n`);
      number += increment;
    } catch (error) {
      if ((error as { type?: unknown }).type !== failureTypes.fileMoved) throw error;
    }
  }
}

async function main(): Promise<void> {
  for await (const line of createInterface(process.stdin)) void write(JSON.parse(line) as WriterOrder);
  // The end of stdin: the test is over, or its process has ended.
  process.kill(process.pid, 'SIGKILL');
}

void main();
