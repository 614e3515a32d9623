import type { Comparison } from './compare.ts';
import type { SyncTimes } from './tidehouse.ts';
import type { Sizes } from './sizes.ts';

/** The times of Tidehouse and psql for the same changes, one right after the other. */
export interface Round {
  readonly tidehouse: SyncTimes;
  /** psql: loading rows into clean, then refreshing the materialized views. */
  readonly loadMs: number;
  readonly viewsMs: number;
}

/** The results of a run. */
export interface Measured {
  readonly sizes: Sizes;
  readonly first: Round;
  readonly rounds: readonly Round[];
  readonly idle: readonly Round[];
  /** The peak memory of the worker, in MB. */
  readonly memory: { readonly afterFirst: number | undefined; readonly atEnd: number | undefined };
  /** Tables that differ between source and clean: none, unless Tidehouse has a bug. */
  readonly differences: readonly Comparison[];
  readonly lostByPsql: number;
}

/** The median of several measurements, and their range. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}
