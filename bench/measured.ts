import type { Comparison } from './compare.ts';
import type { OurCycle } from './tidehouse.ts';
import type { Sizes } from './sizes.ts';

/** Both ways, on the same changes and right after one another. */
export interface Round {
  readonly ours: OurCycle;
  /** psql by hand: rows into clean, and then the materialized views. */
  readonly loadMs: number;
  readonly viewsMs: number;
}

/** All that a run has found out. */
export interface Measured {
  readonly sizes: Sizes;
  readonly first: Round;
  readonly rounds: readonly Round[];
  readonly idle: readonly Round[];
  /** The worker's peak, in MB. */
  readonly memory: { readonly afterFirst: number | undefined; readonly atEnd: number | undefined };
  /** Tables that differ between source and clean: none, or Tidehouse is wrong. */
  readonly differences: readonly Comparison[];
  readonly lostByHand: number;
}

/** The middle of several measurements, and their ends. */
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
