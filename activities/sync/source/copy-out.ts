import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { StagedFile } from '../../../model/batch.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';
import type { BatchFolder } from '../staging/folder.ts';
import { writeStaged } from '../staging/write-file.ts';
import type { SurveyedTable } from './survey.ts';
import { sourceSchema } from './survey.ts';

/**
 * The select that reads a table. A sweep takes every row written by a transaction that the snapshot with `sinceXmin`
 * could not see, whatever statement wrote it. `between 1` leaves out rows so old that their age has wrapped around. The
 * age is computed in the same statement, never taken from another connection, whose current transaction id differs.
 */
export function rowsStatement(
  table: string,
  { shape, castToText }: SurveyedTable,
  sinceXmin: string | undefined,
): string {
  const columns = shape.columns.map(({ name }) => textColumn(name, castToText));
  const select = `select ${columns.join(', ')} from ${qualified(sourceSchema, table)}`;
  if (sinceXmin === undefined) return select;
  return `${select} where age(xmin) between 1 and age('${toXid(sinceXmin)}'::xid)`;
}

/** The select that reads all keys of a table, under the same snapshot. */
export function keysStatement(table: string, { shape, castToText }: SurveyedTable): string {
  const columns = shape.key.map((name) => textColumn(name, castToText));
  return `select ${columns.join(', ')} from ${qualified(sourceSchema, table)}`;
}

function textColumn(name: string, castToText: ReadonlySet<string>): string {
  const column = identList([name]);
  return castToText.has(name) ? `${quoteIdent(name)}::text as ${column}` : column;
}

/** The low 32 bits of an xid8, as in a row's xmin. */
function toXid(xid8: string): string {
  return (BigInt(xid8) & 0xffff_ffffn).toString();
}

/** Streams the rows of `select` into a staged CSV file with a header, in constant memory. Returns the staged file. */
export async function copyOut(
  client: Client,
  select: string,
  folder: BatchFolder,
  name: string,
  report: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<StagedFile> {
  const stream = client.query(copyTo(`copy (${select}) to stdout (format csv, header)`));
  const { bytes, sha256 } = await writeStaged(folder, name, stream, report, signal);
  return { name, rowCount: stream.rowCount, bytes, sha256 };
}

/** `count(*)` of a table under the snapshot. */
export async function countRows(client: Client, table: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from ${qualified(sourceSchema, table)}`,
  );
  return Number(rows[0]!.count);
}
