import type { Leaf, TableShape } from './batch.ts';
import type { Identity, Snapshot } from './snapshot.ts';

/** How far a table of a source has been read. */
export interface TablePosition {
  /** Rows of this source and table in clean. */
  readonly rows: number;
  /** Rows that the snapshot counted beyond `rows` and that a batch with keys could not explain. */
  readonly difference: number;
  readonly shape: TableShape;
  /** For so many more batches the keys are sent along, because the table had deletes lately. */
  readonly keysDue: number;
}

/** How far a source has been read; every field is null before its first batch. */
export interface Position {
  readonly batchId: string | null;
  readonly snapshot: Snapshot | null;
  readonly identity: Identity | null;
  readonly tables: Readonly<Record<string, TablePosition>>;
}

/** How many batches go on sending a table's keys after one of its batches had deletes. */
export const keysDueAfterDeletes = 3;

/** How one table is to be read in this run. */
export interface Reading {
  readonly whole: boolean;
  readonly keys: boolean;
}

/**
 * How a table must be read so that nothing can be missed: whole without a position, after a failover (another timeline),
 * when its columns or key changed, or when a leaf appeared (its rows may be older than any snapshot); else by a sweep,
 * with its keys when deletes are likely: it had some lately, or a leaf vanished or was rewritten.
 */
export function howToRead(
  position: TablePosition | undefined,
  shape: TableShape,
  sameTimeline: boolean,
  sweepable: boolean,
): Reading {
  if (!position || !sameTimeline || !sweepable || !sameColumns(position.shape, shape))
    return { whole: true, keys: false };
  const known = new Map(position.shape.leaves.map((leaf) => [leaf.oid, leaf.filenode]));
  if (shape.leaves.some((leaf) => !known.has(leaf.oid))) return { whole: true, keys: false };
  return { whole: false, keys: position.keysDue > 0 || !sameLeaves(position.shape.leaves, shape.leaves) };
}

function sameColumns(a: TableShape, b: TableShape): boolean {
  const told = ({ columns, key }: TableShape) =>
    JSON.stringify([columns.map(({ name, type, origin }) => [name, type, origin]), key]);
  return told(a) === told(b);
}

function sameLeaves(a: readonly Leaf[], b: readonly Leaf[]): boolean {
  const told = (leaves: readonly Leaf[]) =>
    JSON.stringify(leaves.map(({ oid, filenode }) => [oid, filenode]));
  return told(a) === told(b);
}
