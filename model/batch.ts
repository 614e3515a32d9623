import type { Identity, Snapshot } from './snapshot.ts';

/** A column as it travels: its name, and the type that the warehouse gives it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  /** What gives it other values when no row is touched: its number in the table, the labels of its enum. */
  readonly origin: string;
}

/** A relation that holds rows of a table: the table itself, or a partition. */
export interface Leaf {
  readonly oid: string;
  readonly filenode: string;
}

/** What a source's table looks like under one snapshot. */
export interface TableShape {
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly leaves: readonly Leaf[];
}

export interface StagedFile {
  /** Its name within the batch's folder. */
  readonly name: string;
  readonly rowCount: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** One table of a batch. */
export interface TableBatch {
  readonly table: string;
  readonly shape: TableShape;
  /** `count(*)` of the table under the snapshot. */
  readonly count: number;
  /** All rows are in the batch, so that what is missing from them is deleted. */
  readonly whole: boolean;
  /** The changed rows; absent when there are none. */
  readonly changes?: StagedFile;
  /** All keys under the snapshot, where they were asked for. */
  readonly keys?: StagedFile;
}

/** Which batch it is, and where it starts. */
export interface BatchReference {
  readonly source: string;
  readonly id: string;
  /** The batch that had landed last when this one was read: the fence compares it. */
  readonly after: string | null;
}

/** What a batch holds, as `manifest.json` next to its files. */
export interface Manifest extends BatchReference {
  readonly snapshot: Snapshot;
  readonly identity: Identity;
  readonly tables: readonly TableBatch[];
}

/** A batch as it passes through Temporal: a reference and totals, never rows. */
export interface Batch extends BatchReference {
  /** Nothing changed since the position: there is nothing to load, and only complete_through moves. */
  readonly idle: boolean;
  readonly manifestSha256: string;
  readonly tableCount: number;
  readonly rowCount: number;
  readonly bytes: number;
}

/** The one strategy so far: rows by the age of their xmin. */
export type Strategy = 'sweep';

/** What landing a batch did to one table. `rows` is its size in clean afterwards. */
export interface TableOutcome {
  readonly strategy: Strategy;
  readonly extracted: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly rows: number;
}

export interface Landed {
  readonly status: 'landed';
  readonly completeThrough: string;
  readonly tables: Readonly<Record<string, TableOutcome>>;
}

/** Nothing was landed: clean would hold another number of rows of these tables than the snapshot counted. */
export interface Unreconciled {
  readonly status: 'unreconciled';
  readonly tables: readonly string[];
}
