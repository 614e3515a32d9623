import type { Secret } from './secret.ts';

/** How a table, or all tables of a pattern, are read. */
export interface TableConfig {
  /** What is not valid in its line of the config, for which it is held back. */
  readonly error?: string;
  /** Read from this source only, on behalf of all. */
  readonly from?: string;
  /** The name in the warehouse, or a form of it such as `{source}_{schema}_{table}`. */
  readonly as?: string;
  /** What a pattern leaves out; here a pattern without a schema is of any schema. */
  readonly except?: readonly string[];
  /** The key to use instead of the primary key; unique and not null at the source, which each run proves. */
  readonly key?: readonly string[];
  /** Copy the table whole whenever it can have changed, whatever its size, although it may have a key. */
  readonly strategy?: 'copy';
  /** The columns to read, all others are left out; or those to leave out. */
  readonly columns?: { readonly only: readonly string[] } | { readonly except: readonly string[] };
  /** The columns whose values the source replaces before they are read. */
  readonly mask?: Readonly<Record<string, Mask>>;
  /** What becomes of a row that the source deletes: deleted, marked with the time, or kept as it is. */
  readonly deletes?: 'mirror' | 'mark' | 'keep';
  /** The share of its rows that one run may delete. */
  readonly maxDeletes?: number;
}

/** What is left of a value: its salted SHA-256, nothing, or its last characters. */
export type Mask = 'sha256' | null | { readonly last: number };

export interface SourceConfig {
  readonly url: Secret;
  /** Its own tables, in addition to the common ones. */
  readonly tables?: Tables;
  /** Reads only its own tables. */
  readonly commonTables?: false;
}

/** Tables by name or pattern, in the order of the config. */
export type Tables = Readonly<Record<string, TableConfig>>;
