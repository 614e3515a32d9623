import type { Cause } from './failure.ts';
import type { Identity, Snapshot } from './snapshot.ts';

/** A column of a batch: its name, and its type in the warehouse. */
export interface Column {
  readonly name: string;
  readonly type: string;
  /**
   * Changes with everything that can change the text of its values without a write of their rows, such as its type's
   * definition.
   */
  readonly origin: string;
  /** The name that it would have, since the source has renamed it, while it keeps this one; absent otherwise. */
  readonly renamedTo?: string;
}

/** A column that its source has renamed: its name in the warehouse, and the one that it would have there now. */
export interface RenamedColumn {
  readonly from: string;
  readonly to: string;
}

/** A relation that holds rows of a table: the table itself, or a partition. */
export interface Leaf {
  readonly oid: string;
  /** Its file; and for an unlogged relation, whether it is empty, as a crash would leave it. */
  readonly filenode: string;
}

/** The structure of a source's table under one snapshot. */
export interface TableShape {
  /** The relation, whose column numbers are those of the origins; absent in positions of earlier versions. */
  readonly oid?: string;
  readonly columns: readonly Column[];
  /** The number of the last column that the relation was ever given; absent in positions of earlier versions. */
  readonly attributes?: number;
  /** Empty for a table that is copied. */
  readonly key: readonly string[];
  /** The relations whose xmin shows what was written; empty where nothing shows it, as for a view. */
  readonly leaves: readonly Leaf[];
  /** The columns that the config leaves out, by their names at the source; absent when there are none. */
  readonly leftOut?: readonly string[];
  /**
   * The columns that the config leaves out by name or masks, by their names at the source, with their numbers in the relation;
   * absent when there are none.
   */
  readonly hidden?: Readonly<Record<string, string>>;
  /**
   * The columns that the config names and that the table does not have, because the source has dropped them or only another table
   * of the same pattern has them; absent when there are none.
   */
  readonly lacks?: readonly string[];
  /**
   * The name at the source of a table with columns that are hidden or left out, as the config would write it, and each relation that
   * has had its rows; absent when there are none.
   */
  readonly hiddenIn?: { readonly relation: string; readonly relations: readonly string[] };
  /** Why the table is copied, such as `no key`; absent when it is swept. */
  readonly copied?: string;
  /** What becomes of rows that the source deletes; absent where they are deleted. */
  readonly deletes?: 'mark' | 'keep';
  /** What the config should call it, since the source has renamed it or moved it to another schema; absent otherwise. */
  readonly movedTo?: string;
}

/** A file of a batch: what its manifest has of it. */
export interface StagedFile {
  /** The file name within the batch's folder. */
  readonly name: string;
  readonly rowCount: number;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Ranges of the values of `column`, which is an integer: the nth of them, in order, has those whose bits without the last `bits`
 * are n.
 */
export interface KeyRanges {
  readonly column: string;
  readonly bits: number;
  readonly numbers: readonly string[];
}

/** One table of a batch. */
export interface TableBatch {
  readonly table: string;
  readonly shape: TableShape;
  /** `count(*)` of the table under the snapshot. */
  readonly count: number;
  /** The share of its rows that this batch may delete; absent where the config has none for the table. */
  readonly maxDeletes?: number;
  /** The batch has all rows, so rows missing from it are deleted. */
  readonly whole: boolean;
  /** The columns that get another name in clean, because the source has renamed them; absent when there are none. */
  readonly renamed?: readonly RenamedColumn[];
  /**
   * The columns that the source has added and that are null in all rows but the changed ones; absent when the columns are the same as
   * before, or all rows are here.
   */
  readonly added?: readonly string[];
  /** The changed rows; absent when there are none. */
  readonly changes?: StagedFile;
  /** The keys under the snapshot: all, or those in `keyRanges`. Absent where no deletes are looked for, and without ranges. */
  readonly keys?: StagedFile;
  /** The ranges of keys in which clean and the source differ: rows are deleted only there. Absent where all keys are compared. */
  readonly keyRanges?: KeyRanges;
}

/** Whether a batch shows which rows of a table are deleted. */
export function showsDeletes({ whole, keys, keyRanges }: TableBatch): boolean {
  return whole || keys !== undefined || keyRanges !== undefined;
}

/** Whether a batch has more of a table than its row count. */
export function isTouched(table: TableBatch): boolean {
  return table.changes !== undefined || table.added !== undefined || showsDeletes(table);
}

/** A table that does not land in a run while the others of its source do: the problem and what to do about it. */
export type HeldBack = Cause & {
  readonly table: string;
  /** Only a problem if no other source has the table either. */
  readonly elsewhere?: true;
};

/** The identity of a batch and the position that it starts from. */
export interface BatchReference {
  readonly source: string;
  readonly id: string;
  /** The last landed batch when this one was read; the fence compares it. */
  readonly after: string | null;
}

/** The contents of a batch, stored as `manifest.json` next to its files. */
export interface Manifest extends BatchReference {
  readonly snapshot: Snapshot;
  readonly identity: Identity;
  readonly tables: readonly TableBatch[];
  readonly heldBack: readonly HeldBack[];
  /** See Position. A batch of an earlier version has none. */
  readonly unchangedWhile?: string;
}

/** A batch as it passes through Temporal: a reference and totals, never rows. */
export interface Batch extends BatchReference {
  readonly manifestSha256: string;
  readonly tableCount: number;
  readonly rowCount: number;
  readonly bytes: number;
}

/** A source with tables that have not landed yet, and are so large that they are copied instead of being staged. */
export interface LargeSource {
  readonly status: 'large';
  /** How many tables it has. */
  readonly tableCount: number;
  /** The size of those that have not landed yet. */
  readonly bytes: number;
}

/** A source whose new tables could not be copied into clean directly, so they are staged. Nothing has landed. */
export interface NotCopied {
  readonly status: 'not copied';
  readonly reason: string;
}

/**
 * How a table is read: `sweep` selects rows by the age of their xmin, `copy` all rows whenever they can have changed, which
 * land as a multiset.
 */
export type Strategy = 'sweep' | 'copy';

/** How a table of this shape is read. */
export function strategyOf({ copied }: TableShape): Strategy {
  return copied === undefined ? 'sweep' : 'copy';
}

/** The effect of landing a batch on one table. `rows` is the row count in clean afterwards. */
export interface TableOutcome {
  readonly strategy: Strategy;
  readonly extracted: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly rows: number;
}

/** A source that has landed, and what that did to its tables. */
export interface Landed {
  readonly status: 'landed';
  /** Nothing had changed at the source: nothing was read, and only complete_through moved. */
  readonly idle?: true;
  /** Nothing landed, and no notes of earlier changes wait: the analytics need no refresh. */
  readonly analyticsCurrent?: true;
  readonly completeThrough: string;
  /** How far behind `completeThrough` was when it landed; absent in runs of an earlier version. */
  readonly lagSeconds?: number;
  readonly tables: Readonly<Record<string, TableOutcome>>;
  /** Absent when there are none. */
  readonly heldBack?: readonly HeldBack[];
}

/** Nothing was landed: the row counts of these tables in clean would differ from the snapshot's counts. */
export interface Unreconciled {
  readonly status: 'unreconciled';
  readonly tables: readonly string[];
  /** Those of them whose keys were compared in ranges; absent when there are none. */
  readonly comparedInRanges?: readonly string[];
}
