import type { Client } from 'pg';
import type { KeyRanges, TableShape } from '../../model/batch.ts';
import { quoteIdent } from '../../model/identifier.ts';
import type { TablePosition } from '../../model/position.ts';
import { wideType } from '../../model/wide-type.ts';
import type { Attempt } from '../activity.ts';
import { pipelined } from '../postgres/pipeline.ts';
import { rangeOf } from './source/copy-out.ts';
import type { SurveyedTable } from './source/surveyed-table.ts';
import { readColumnTypes } from './warehouse/column-types.ts';
import { orderOfKey } from './warehouse/leaf-key.ts';
import type { Relation } from './warehouse/relations.ts';
import { readRelations } from './warehouse/relations.ts';
import { inTransaction } from './warehouse/transaction.ts';

/** The ranges of keys in which a table and clean differ, and how many rows the table has. */
export interface DifferingRanges {
  readonly ranges: KeyRanges;
  readonly count: number;
}

/** A table as it is found at its source, and how it has landed. */
export interface KnownTable {
  readonly table: string;
  readonly found: SurveyedTable;
  readonly known: TablePosition;
}

/**
 * Compares the rows in each range of keys under the snapshot of `client` with those in clean: how many there are, and the sums
 * of their keys. Where both are the same, the source has deleted none of them, or has inserted as many with the same sums: then
 * the row counts do not reconcile after the landing. Each side reads the table once, and neither sends its keys.
 *
 * Returns undefined when all keys have to be compared: the key does not begin with an integer, clean does not have the rows that
 * have landed there, or the keys are in too many ranges.
 */
export async function findDifferingRanges(
  client: Client,
  attempt: Attempt,
  source: string,
  { table, found: { shape, from, expressions }, known: { rows } }: KnownTable,
): Promise<DifferingRanges | undefined> {
  // With the limits of a transaction: the source's snapshot stays open meanwhile.
  const onWarehouse = <T>(read: (warehouse: Client) => Promise<T>) =>
    attempt.onWarehouse(source, (warehouse) =>
      inTransaction(warehouse, attempt.timeouts, () => read(warehouse)),
    );
  const divided = await onWarehouse(async (warehouse) => {
    const clean = (await readRelations(warehouse, source, 'clean', [table]))(table);
    const division = await divide(warehouse, source, clean, shape, rows);
    return division && { clean, division };
  });
  if (!divided) return undefined;
  const { clean, division } = divided;
  const columns = new Map(division.summed.map((name) => [name, quoteIdent(name)]));
  const condition = `project = $1${shape.deletes === 'mark' ? ' and deleted_at is null' : ''}`;
  const [there, here] = await Promise.all([
    readRanges(client, division, { from, condition: 'true', expressions }),
    onWarehouse((warehouse) =>
      readRanges(warehouse, division, { from: clean.name, condition, expressions: columns }, [source]),
    ),
  ]);
  if (countRows(here) !== rows || there.size > maxRead) return undefined;
  const { column, bits } = division;
  const numbers = [...new Set([...there.keys(), ...here.keys()])].filter(
    (number) => !isSame(there.get(number), here.get(number)),
  );
  return { ranges: { column, bits, numbers }, count: countRows(there) };
}

/** How the keys of a table are divided, by a column of theirs, and the columns whose values are added up. */
interface Division extends Omit<KeyRanges, 'numbers'> {
  readonly summed: readonly string[];
}

/** A range has about so many rows, unless there would be too many ranges. */
const rowsPerRange = 256;
const maxRanges = 2 ** 16;
/** New rows far from those of clean can be in any number of ranges. */
const maxRead = 2 * maxRanges;

/** Divides keys by the column with which their index begins: its limits are found there. Undefined when it is not an integer. */
async function divide(
  client: Client,
  source: string,
  clean: Relation,
  { columns, key }: TableShape,
  rows: number,
): Promise<Division | undefined> {
  const [column] = orderOfKey(clean, key);
  const types = await readColumnTypes(client, clean.name, key);
  const summed = key.filter(
    (name) =>
      types.get(name) === 'bigint' &&
      columns.some((each) => each.name === name && wideType(each.type) === 'bigint'),
  );
  if (column === undefined || !summed.includes(column)) return undefined;
  const name = quoteIdent(column);
  const limits = await client.query<Record<'least' | 'greatest', string | null>>(
    `select min(${name}) as least, max(${name}) as greatest from ${clean.name} where project = $1`,
    [source],
  );
  const { least, greatest } = limits.rows[0]!;
  const values = Number(BigInt(greatest ?? 0) - BigInt(least ?? 0)) + 1;
  const ranges = Math.min(maxRanges, Math.max(1, rows / rowsPerRange));
  return { column, bits: bitsOf(values / ranges), summed };
}

/** The bits in which so many values differ; at most 63, because a bigint that is shifted by 64 bits stays as it is. */
function bitsOf(values: number): number {
  return Math.min(63, Math.max(0, Math.ceil(Math.log2(values))));
}

/** The rows of a table on one side, and the expressions of its columns there. */
interface Rows {
  readonly from: string;
  readonly condition: string;
  readonly expressions: ReadonlyMap<string, string>;
}

interface Range {
  readonly rows: number;
  readonly sums: string;
}

/**
 * The planner takes each value for a range of its own and would sort all of them on disk, once in each of its processes: there are
 * few ranges, and a hash table of them is small.
 */
async function readRanges(
  client: Client,
  { column, bits, summed }: Division,
  { from, condition, expressions }: Rows,
  values: readonly string[] = [],
): Promise<ReadonlyMap<string, Range>> {
  const sums = summed.map((name) => `sum(${expressions.get(name)!}::bigint)`).join(', ');
  const [, { rows }] = await pipelined(client, () => [
    client.query('set local enable_sort = off'),
    client.query<Record<'number' | 'rows' | 'sums', string>>(
      `select ${rangeOf(expressions.get(column)!, bits)} as number, count(*) as rows, concat_ws(' ', ${sums}) as sums
       from ${from} where ${condition} group by 1 limit ${maxRead + 1}`,
      [...values],
    ),
    client.query('set local enable_sort = on'),
  ]);
  return new Map(rows.map((row) => [row.number, { rows: Number(row.rows), sums: row.sums }]));
}

function countRows(ranges: ReadonlyMap<string, Range>): number {
  return [...ranges.values()].reduce((sum, { rows }) => sum + rows, 0);
}

function isSame(a: Range | undefined, b: Range | undefined): boolean {
  return a !== undefined && a.rows === b?.rows && a.sums === b.sums;
}
