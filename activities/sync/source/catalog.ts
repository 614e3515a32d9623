import type { Client } from 'pg';
import type { Column } from '../../../model/batch.ts';
import type { TablePattern } from '../../../model/table-pattern.ts';
import { isExact, likePattern } from '../../../model/table-pattern.ts';
import { sqlFile } from '../../postgres/sql-file.ts';

/** The description of a column in the catalogue. */
export interface CatalogColumn extends Column {
  /** The type as which it is read; null when it is read as it is. */
  readonly cast: string | null;
  readonly readable: boolean;
}

/** The description of a table in the catalogue. */
export interface CatalogTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  /** False for a materialized view that has never been refreshed. */
  readonly populated: boolean;
  readonly partition: boolean;
  /** The current role. */
  readonly role: string;
  readonly usable: boolean;
  /** The role may read the whole table; null when the table was dropped while the catalogue was read. */
  readonly readable: boolean | null;
  /** The role may read xmin, by which changed rows are found; null where there is none. */
  readonly sweepable: boolean | null;
  readonly filtered: boolean;
  readonly columns: CatalogColumn[];
  /** The number of the last column that was ever added. */
  readonly attributes: number;
  /** The columns that are not null in rows which are older than they are. */
  readonly filled: readonly string[];
  readonly keys: { readonly columns: string[]; readonly primary: boolean }[];
  readonly leaves: {
    readonly oid: string;
    readonly filenode: string;
    readonly kind: string;
    /** The size on disk without indexes; null where the table has an enforced key, so that it does not matter. */
    readonly bytes: number | null;
    /** How many rows it had about when it was analysed; null when it never was. */
    readonly rows: number | null;
  }[];
}

/**
 * The tables that the patterns may stand for. One that is dropped while the catalogue is read has lost its privileges: what took its
 * place is found when the catalogue is read again.
 */
export async function readCatalog(client: Client, wanted: readonly TablePattern[]): Promise<CatalogTable[]> {
  const wasDropped = ({ readable }: CatalogTable) => readable === null;
  const found = await readCatalogOnce(client, wanted);
  if (!found.some(wasDropped)) return found;
  return (await readCatalogOnce(client, wanted)).filter((table) => !wasDropped(table));
}

async function readCatalogOnce(client: Client, wanted: readonly TablePattern[]): Promise<CatalogTable[]> {
  const exact = wanted.filter(isExact);
  const patterns = wanted.filter((pattern) => !isExact(pattern));
  const { rows } = await client.query<{ found: string }>(sqlFile('source/survey.sql'), [
    exact.map(({ schema }) => schema.text),
    exact.map(({ name }) => name.text),
    patterns.map(({ schema }) => likePattern(schema)),
    patterns.map(({ name }) => likePattern(name)),
  ]);
  return rows.map(({ found }) => JSON.parse(found) as CatalogTable);
}
