import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { KeyRanges, StagedFile } from '../../../model/batch.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { identList, quoteIdent } from '../../../model/identifier.ts';
import { sentRows } from '../../postgres/sent-rows.ts';
import type { BatchFolder } from '../staging/folder.ts';
import { writeStaged } from '../staging/write-file.ts';
import type { SurveyedTable } from './surveyed-table.ts';

/**
 * The select that reads a table. A sweep takes every row written by a transaction that the snapshot with `sinceXmin`
 * could not see, whatever statement wrote it. `between 1` leaves out rows so old that their age has wrapped around. The
 * age is computed in the same statement, never taken from another connection, whose current transaction id differs.
 */
export function rowsStatement(table: SurveyedTable, sinceXmin: string | undefined): string {
  const columns = table.shape.columns.map(({ name }) => name);
  const select = selectFrom(table, columns);
  if (sinceXmin === undefined) return select;
  return `${select} where ${sweptCondition(sinceXmin)}`;
}

/** Whether a row was written by a transaction that the snapshot with `sinceXmin` could not see. */
export function sweptCondition(sinceXmin: string): string {
  return `age(xmin) between 1 and age('${toXid(sinceXmin)}'::xid)`;
}

/** The select that reads the keys of a table, under the same snapshot: all, or those in `ranges`. */
export function keysStatement(table: SurveyedTable, ranges?: KeyRanges): string {
  const select = selectFrom(table, table.shape.key);
  if (!ranges) return select;
  const { column, bits, numbers } = ranges;
  const range = rangeOf(table.expressions.get(column)!, bits);
  return `${select} where ${range} in (select unnest('{${numbers.join(',')}}'::bigint[]))`;
}

/** The number of the range in which a value of a key is: see KeyRanges. */
export function rangeOf(expression: string, bits: number): string {
  return `(${expression}::bigint >> ${bits})`;
}

function selectFrom({ from, expressions }: SurveyedTable, columns: readonly string[]): string {
  const selected = columns.map((column) => {
    const [expression, name] = [expressions.get(column)!, quoteIdent(column)];
    return expression === name ? name : `${expression} as ${name}`;
  });
  return `select ${selected.join(', ')} from ${from}`;
}

/** The low 32 bits of an xid8, as in a row's xmin. */
function toXid(xid8: string): string {
  return (BigInt(xid8) & 0xffff_ffffn).toString();
}

/** Sends the rows of `select` as a CSV stream with header. */
export function copyOutStatement(select: string): string {
  return `copy (${select}) to stdout (format csv, header)`;
}

/**
 * Streams the rows of `select` into a staged CSV file with a header, in constant memory; `watch` sees each chunk. Returns the
 * staged file.
 */
export async function copyOut(
  client: Client,
  select: string,
  folder: BatchFolder,
  name: string,
  watch: ((chunk: Buffer) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<StagedFile> {
  const stream = client.query(copyTo(copyOutStatement(select)));
  const { bytes, sha256 } = await writeStaged(folder, name, stream, watch, signal);
  return { name, rowCount: await sentRows(client, stream), bytes, sha256 };
}

/** `count(*)` of a table under the snapshot. */
export async function countRows(client: Client, { from }: SurveyedTable): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`select count(*) from ${from}`);
  return Number(rows[0]!.count);
}

/** `count(*)` of a table under the snapshot, and how many of its rows an earlier snapshot could not see. */
export interface SweptCount {
  readonly count: number;
  readonly swept: number;
}

/** Counts a table under the snapshot, and the rows that the snapshot with `sinceXmin` could not see. */
export async function countSwept(
  client: Client,
  { from }: SurveyedTable,
  sinceXmin: string,
): Promise<SweptCount> {
  const { rows } = await client.query<Record<'count' | 'swept', string>>(
    `select count(*), count(*) filter (where ${sweptCondition(sinceXmin)}) as swept from ${from}`,
  );
  return { count: Number(rows[0]!.count), swept: Number(rows[0]!.swept) };
}

/**
 * Throws a final failure unless the configured key is unique and without nulls under the snapshot: the source does not
 * enforce it.
 */
export async function proveKey(
  client: Client,
  source: string,
  table: string,
  { from, toProve }: SurveyedTable,
): Promise<void> {
  const key = identList(toProve);
  const { rows } = await client.query<Record<'nulls' | 'twice', string>>(
    `select exists (select from ${from} where ${toProve.map((name) => `${quoteIdent(name)} is null`).join(' or ')}) as nulls,
            exists (select from ${from} group by ${key} having count(*) > 1) as twice`,
  );
  const { nulls, twice } = rows[0]!;
  if (nulls !== 't' && twice !== 't') return;
  const problem = `the configured key (${toProve.join(', ')}) ${nulls === 't' ? 'has nulls' : 'is not unique'}`;
  throw createFailure(
    failureTypes.cannotLand,
    {
      source,
      causes: [{ table, problem, advice: 'Correct the key in the config, or the rows at the source.' }],
    },
    { final: true },
  );
}
