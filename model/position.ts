import type { Leaf, TableBatch, TableShape } from './batch.ts';
import { isTouched } from './batch.ts';
import type { DroppedColumn } from './dropped-columns.ts';
import type { Identity, Snapshot, SourceSnapshot } from './snapshot.ts';
import { canSweep, nothingChanged } from './snapshot.ts';

/** How far a table of a source has been read. */
export interface TablePosition {
  /** The number of rows of this source and table in clean. */
  readonly rows: number;
  /** The snapshot's row count minus `rows`, where even a batch with keys could not reconcile them. */
  readonly difference: number;
  readonly shape: TableShape;
  /** The number of further batches that also read the keys, because the table has had deletes recently. */
  readonly keysDue: number;
  /** Somebody has requested that it is read whole, or the warehouse no longer has it. */
  readonly wholeDue?: boolean;
  /** Rows of clean that the source no longer has: too many to delete at once, until somebody accepts it. */
  readonly heldDeletes?: number;
  /** How many of them somebody has accepted. */
  readonly acceptedDeletes?: number;
  /** Rows of it are in quarantine: the source counts them, and `rows` does not. */
  readonly quarantined?: boolean;
  /** The columns that the source had, and has no more; absent when there are none. */
  readonly dropped?: readonly DroppedColumn[];
  /** How far the table has been read, while it is held back: the source's own position has moved on. */
  readonly behind?: SourceSnapshot;
}

/** How far a source has been read. Everything is null before its first batch. */
export interface Position {
  readonly batchId: string | null;
  readonly snapshot: Snapshot | null;
  readonly identity: Identity | null;
  readonly tables: ReadonlyMap<string, TablePosition>;
  /** The tables that are held back, and the problem of each. */
  readonly heldBack: ReadonlyMap<string, string>;
  /** The state of the server and the config for which every table has landed as a run found it under the snapshot. */
  readonly unchangedWhile?: string;
}

/** The position of a source that has never landed. */
export const neverLanded: Position = {
  batchId: null,
  snapshot: null,
  identity: null,
  tables: new Map(),
  heldBack: new Map(),
};

/** Whether a table has not landed yet. */
export function isNew({ tables }: Position, table: string): boolean {
  return !tables.has(table);
}

/** The number of batches that read a table's keys after a batch with deletes. */
export const keysDueAfterDeletes = 3;

/** How one table is read in this run. */
export interface ReadPlan {
  /** Read the rows written since this xmin, or for a copied table all if there are any; all in any case when undefined. */
  readonly sinceXmin: string | undefined;
  /** Which keys to read too: those of ranges in which clean and the source differ, or all. */
  readonly keys: KeysToRead;
  /** The new columns, which are null in all rows but those written since; absent when its columns are the same as before. */
  readonly added?: readonly string[];
}

/** What decides how a table is read, in addition to its position and its shape. */
export interface ReadRequest {
  readonly keys?: KeysToRead;
  /** The columns that were added since the table landed and are null in all rows that are older than they are. */
  readonly added?: readonly string[];
}

export type KeysToRead = 'none' | 'differing' | 'all';

/**
 * How to read a table without missing a change. It is read whole when it has no position, after a failover (another timeline),
 * when its columns or key have changed in a way that can change older rows, or when it has a new leaf (whose rows may be older than
 * any snapshot). Otherwise it is swept, with keys when deletes are likely: it has had some recently, or a leaf was dropped or
 * rewritten; or when other is to become of deleted rows. A table that is copied has no keys, and is then read whole; also where
 * nothing shows whether it has changed.
 */
export function planRead(
  position: Position,
  now: SourceSnapshot,
  table: string,
  shape: TableShape,
  { keys: keysRequested = 'none', added = [] }: ReadRequest = {},
): ReadPlan {
  const known = position.tables.get(table);
  const { snapshot: last, identity } = known?.behind ?? position;
  const readWhole: ReadPlan = { sinceXmin: undefined, keys: 'none' };
  if (!last || !known || !canSweep(last, now.snapshot)) return readWhole;
  if (identity?.timeline !== now.identity.timeline) return readWhole;
  if (known.wholeDue) return readWhole;
  if (!sameColumns(known.shape, shape)) {
    if (!keepsValues(known, shape, added)) return readWhole;
    return { sinceXmin: last.xmin, keys: keysToRead(known, shape, keysRequested), added };
  }
  const knownLeaves = new Set(known.shape.leaves.map(({ oid }) => oid));
  if (shape.leaves.some(({ oid }) => !knownLeaves.has(oid))) return readWhole;
  if (shape.copied !== undefined) {
    const shown = showsChanges(shape) && sameLeaves(known.shape.leaves, shape.leaves);
    return shown && keysRequested === 'none' && !decidesDeletes(known, shape)
      ? { sinceXmin: last.xmin, keys: 'none' }
      : readWhole;
  }
  return { sinceXmin: last.xmin, keys: keysToRead(known, shape, keysRequested) };
}

/**
 * Whether a table has only been given columns that are null in all older rows, or lost some. Its other columns are the same then,
 * and none of its relations has been rewritten since, which could have given older rows values. Clean must not have values of an
 * earlier column of the same name, nor of one that the config has come to leave out.
 */
function keepsValues(
  { shape: known, dropped = [] }: TablePosition,
  shape: TableShape,
  added: readonly string[],
) {
  const has = (name: string) => shape.columns.some((column) => column.name === name);
  const before = { ...known, columns: known.columns.filter(({ name }) => has(name)) };
  const now = { ...shape, columns: shape.columns.filter(({ name }) => !added.includes(name)) };
  return (
    shape.copied === undefined &&
    sameColumns(before, now) &&
    sameLeaves(known.leaves, shape.leaves) &&
    (known.leftOut ?? []).join('\0') === (shape.leftOut ?? []).join('\0') &&
    !dropped.some(({ name }) => added.includes(name))
  );
}

/** Ranges are compared by their row counts: not where clean keeps rows that the source has deleted, or lacks some of its rows. */
function keysToRead(known: TablePosition, shape: TableShape, requested: KeysToRead): KeysToRead {
  const due = known.keysDue > 0 || !sameLeaves(known.shape.leaves, shape.leaves);
  const decides = decidesDeletes(known, shape);
  if (requested === 'none' && !due && !decides) return 'none';
  const comparable =
    known.difference === 0 && !known.heldDeletes && !known.quarantined && shape.deletes !== 'keep';
  return requested !== 'all' && !decides && comparable ? 'differing' : 'all';
}

/** Whether there is nothing to read: nothing can have changed since the position, and it is settled. */
export function isIdle(
  position: Position,
  now: SourceSnapshot,
  shapes: ReadonlyMap<string, TableShape>,
  heldBack: ReadonlyMap<string, string> = new Map(),
): boolean {
  if (!position.snapshot || !nothingChanged(position.snapshot, now.snapshot)) return false;
  return isSettled(position, now, shapes, heldBack);
}

/**
 * Whether only changed rows could move the position on: the tables are the same, those held back included, and each of the
 * others can be swept and has row counts that reconcile.
 */
export function isSettled(
  position: Position,
  now: SourceSnapshot,
  shapes: ReadonlyMap<string, TableShape>,
  heldBack: ReadonlyMap<string, string>,
): boolean {
  if ([...position.tables.keys()].some((table) => !shapes.has(table) && !heldBack.has(table))) return false;
  if (!sameProblems(position.heldBack, heldBack)) return false;
  return [...shapes].every(([table, shape]) => {
    const known = position.tables.get(table);
    return (
      known?.difference === 0 &&
      known.behind === undefined &&
      sameLeaves(known.shape.leaves, shape.leaves) &&
      !decidesDeletes(known, shape) &&
      remembersSame(known.shape, shape) &&
      planRead(position, now, table, shape).sinceXmin !== undefined
    );
  });
}

/**
 * Whether tables that were read since a settled position show no change: no row was written, and the source has as many as
 * before. How many it had is not known where rows are in quarantine.
 */
export function bringsNothing({ tables: known }: Position, read: readonly TableBatch[]): boolean {
  return read.every((batch) => {
    const { rows, quarantined } = known.get(batch.table)!;
    return !isTouched(batch) && !batch.renamed && !quarantined && batch.count === rows;
  });
}

/**
 * Whether there is nothing to read and not even the tables need to be looked up: all of them have landed as a run found them under
 * this snapshot and in this state, and nobody has requested anything since. Where other sources decide too, they are looked up:
 * the name of a column that this one has renamed depends on them.
 */
export function isUntouched(position: Position, now: SourceSnapshot, state: string): boolean {
  const { snapshot, identity, heldBack, tables, unchangedWhile } = position;
  if (!snapshot || now.standby || !nothingChanged(snapshot, now.snapshot)) return false;
  if (identity?.timeline !== now.identity.timeline || unchangedWhile !== state || heldBack.size > 0)
    return false;
  return [...tables.values()].every(
    ({ difference, behind, wholeDue, acceptedDeletes = 0, shape }) =>
      difference === 0 &&
      behind === undefined &&
      !wholeDue &&
      acceptedDeletes === 0 &&
      showsChanges(shape) &&
      shape.columns.every(({ renamedTo }) => renamedTo === undefined),
  );
}

/** Whether the source shows that rows of a table may have changed: nothing does for a foreign table, say. */
function showsChanges({ copied, leaves }: TableShape): boolean {
  return copied === undefined || leaves.length > 0;
}

/** Whether held deletes were accepted, or the config says otherwise than before what becomes of deleted rows. */
function decidesDeletes({ acceptedDeletes = 0, shape: known }: TablePosition, shape: TableShape): boolean {
  return acceptedDeletes > 0 || known.deletes !== shape.deletes;
}

function sameProblems(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([table, problem]) => b.get(table) === problem);
}

/** Whether two shapes have the same columns, with the same origins, and the same key. */
export function sameColumns(a: TableShape, b: TableShape): boolean {
  const columnsOf = ({ columns, key }: TableShape) =>
    JSON.stringify([
      columns.map(({ name, type, origin, renamedTo }) => [name, type, origin, renamedTo]),
      key,
    ]);
  return columnsOf(a) === columnsOf(b);
}

/** Whether a position would keep of two shapes the same that no row shows: where the table is now, and which columns it lacks. */
export function remembersSame(a: TableShape, b: TableShape): boolean {
  return a.movedTo === b.movedTo && (a.lacks ?? []).join('\0') === (b.lacks ?? []).join('\0');
}

/** Whether two lists of leaves have the same relations with the same files. */
export function sameLeaves(a: readonly Leaf[], b: readonly Leaf[]): boolean {
  const filesOf = (leaves: readonly Leaf[]) =>
    JSON.stringify(leaves.map(({ oid, filenode }) => [oid, filenode]));
  return filesOf(a) === filesOf(b);
}
