import type { Progress } from '../../model/progress.ts';

/** Counts the rows of the tables that an activity moves one after the other, for its heartbeats. */
export interface RowMeter {
  /** The table in hand from now on. */
  begin(table: string): void;
  /** How many rows of the table in hand have passed so far. */
  passed(rows: number): void;
}

/** Reports the rows of all tables; `total` is how many there will be, as far as that is known. */
export function rowMeter(
  report: (progress: Progress) => void,
  total: { readonly of?: number | undefined; readonly estimated?: boolean },
): RowMeter {
  const began = performance.now();
  const { of, estimated = false } = total;
  let [before, inHand, name] = [0, 0, ''];
  const show = () => {
    const rows = Math.round(before + inHand);
    const seconds = (performance.now() - began) / 1_000;
    report({
      ...{ table: name, rows, ...(of !== undefined && { of }), ...(estimated && { estimated }) },
      ...(seconds >= 1 && { perSecond: Math.round(rows / seconds) }),
    });
  };
  return {
    begin(table) {
      [before, inHand, name] = [before + inHand, 0, table];
      show();
    },
    passed(rows) {
      inHand = rows;
      show();
    },
  };
}

/** One chunk in so many is counted. */
const sampled = 16;

/** Estimates the rows of CSV from its chunks: the line breaks of a few of them, by their share of the bytes. */
export function csvRows(meter: Pick<RowMeter, 'passed'>): (chunk: Buffer) => void {
  let [chunks, bytes, countedBytes, lines] = [0, 0, 0, 0];
  return (chunk) => {
    bytes += chunk.length;
    if (chunks++ % sampled === 0) {
      countedBytes += chunk.length;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++;
    }
    meter.passed((bytes * lines) / countedBytes);
  };
}
