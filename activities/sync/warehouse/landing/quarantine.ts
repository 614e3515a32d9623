import type { Client } from 'pg';
import type { BatchReference, Manifest, TableBatch } from '../../../../model/batch.ts';
import { quoteIdent } from '../../../../model/identifier.ts';
import type { Relation } from '../relations.ts';
import { readWholeNext } from '../requests.ts';
import type { LandingTargets } from './landing-statements.ts';

/** A row of a staged file that the warehouse refuses. */
export interface RefusedRow {
  readonly key: readonly string[];
  readonly line: number;
  readonly column?: string;
  /** The beginning of the column's value, or of the row when no column is known. */
  readonly value: string;
  readonly reason: string;
}

/**
 * Puts rows that a batch brought, and that the warehouse refuses, in quarantine. Their keys are kept as the warehouse
 * prints them, which may not be how the source does: a date may be a timestamp there.
 */
export async function quarantineRows(
  client: Client,
  { source, id }: BatchReference,
  { table, shape: { key } }: TableBatch,
  raw: Relation,
  rows: readonly RefusedRow[],
): Promise<void> {
  const found = rows.map((row) => ({
    ...row,
    // A key that is itself refused has no other text than the source's.
    typed: row.column === undefined || !key.includes(row.column),
    named: Object.fromEntries(key.map((name, n) => [name, row.key[n]])),
  }));
  await client.query(
    `insert into ops.quarantine (source, table_name, key, batch, line, column_name, value, reason)
     select $1, $2,
            case when r.typed then (select ${keyOf(key, 'k')} from jsonb_populate_record(null::${raw.name}, r.named) k)
                 else array(select jsonb_array_elements_text(r.key)) end,
            $3, r.line, r."column", r.value, r.reason
     from jsonb_to_recordset($4)
       as r (key jsonb, named jsonb, typed boolean, line bigint, "column" text, value text, reason text)
     on conflict (source, table_name, key) do update
     set batch = excluded.batch, line = excluded.line, column_name = excluded.column_name, value = excluded.value,
         reason = excluded.reason`,
    [source, table, id, JSON.stringify(found)],
  );
}

/** The rows of a table that are in quarantine: how many of them a batch brought, and how many clean has no version of. */
export interface Quarantined {
  readonly ofBatch: number;
  readonly missing: number;
}

/** The rows of a source in quarantine, by table; tables without are left out. */
export async function readQuarantine(
  client: Client,
  { source, id }: BatchReference,
): Promise<ReadonlyMap<string, Quarantined>> {
  const { rows } = await client.query<Record<'table' | 'of_batch' | 'missing', string>>(
    `select table_name as table, count(*) filter (where batch = $2) as of_batch, count(*) filter (where missing) as missing
     from ops.quarantine where source = $1 group by 1`,
    [source, id],
  );
  return new Map(
    rows.map((row) => [row.table, { ofBatch: Number(row.of_batch), missing: Number(row.missing) }]),
  );
}

/**
 * By table, the keys of the rows of a source that are in quarantine, each as the text that Postgres has for a row of its
 * values.
 */
export async function readQuarantinedKeys(
  client: Client,
  source: string,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  // A value is quoted alike in a row of one value and in a longer one.
  const { rows } = await client.query<Record<'table' | 'key', string>>(
    `select table_name as table,
            '(' || (select string_agg(substr(text, 2, length(text) - 2), ',' order by n)
                    from unnest(key) with ordinality v (value, n)
                    cross join lateral (select row(value)::text as text) r) || ')' as key
     from ops.quarantine where source = $1`,
    [source],
  );
  const byTable = new Map<string, Set<string>>();
  for (const { table, key } of rows) byTable.set(table, (byTable.get(table) ?? new Set()).add(key));
  return byTable;
}

/** Removes the rows that a batch brought and that are in quarantine from raw. */
export async function removeQuarantined(
  client: Client,
  { source, id }: BatchReference,
  { table, shape }: TableBatch,
  raw: Relation,
): Promise<void> {
  await client.query(
    `delete from ${raw.name} r using ops.quarantine q
     where r.project = $1 and r.batch = $3 and q.source = $1 and q.table_name = $2 and q.batch = $3
       and ${keyOf(shape.key, 'r')} = q.key`,
    [source, table, id],
  );
}

/**
 * Takes out of quarantine what a batch shows to be over: rows that land with it, and rows that the source no longer has. To
 * be called before it lands.
 */
export async function releaseRows(
  client: Client,
  { source, id }: Manifest,
  { table, shape, whole, keys, changes }: TableBatch,
  relations: LandingTargets,
): Promise<void> {
  const sameKey = keyOf(shape.key, 'r');
  const earlier = `delete from ops.quarantine q where q.source = $1 and q.table_name = $2 and q.batch <> $3`;
  if (whole) await client.query(earlier, [source, table, id]);
  else if (changes)
    await client.query(
      `${earlier} and exists (
         select from ${relations.raw.name} r where r.project = $1 and r.batch = $3 and ${sameKey} = q.key
       )`,
      [source, table, id],
    );
  if (keys)
    await client.query(
      `${earlier} and not exists (select from ${relations.keys} r where ${sameKey} = q.key)`,
      [source, table, id],
    );
}

/** The condition that a row of `t` has a key of a row in quarantine, of project $1 and the table that `table` stands for. */
export function amongQuarantined(key: readonly string[], table: string): string {
  return `exists (select from ops.quarantine q where q.source = $1 and q.table_name = ${table} and q.key = ${keyOf(key, 't')})`;
}

/** How many rows in quarantine clean has no earlier version of. To be called when the batch has landed. */
export async function countMissing(
  client: Client,
  source: string,
  { table, shape }: TableBatch,
  { clean }: LandingTargets,
): Promise<number> {
  const { rows } = await client.query<{ missing: string }>(
    `with settled as (
       update ops.quarantine q
       set missing = not exists (
         select from ${clean.name} t where t.project = $1 and ${keyOf(shape.key, 't')} = q.key${shape.deletes === 'mark' ? ' and t.deleted_at is null' : ''}
       )
       where source = $1 and table_name = $2
       returning missing
     )
     select count(*) filter (where missing) as missing from settled`,
    [source, table],
  );
  return Number(rows[0]!.missing);
}

/** The key of a row as its types print it; a cast to text would print booleans and `char(n)` otherwise. */
function keyOf(key: readonly string[], row: string): string {
  return `array[${key.map((name) => `concat(${row}.${quoteIdent(name)})`).join(', ')}]`;
}

/**
 * Marks the tables of `source` that have rows in quarantine, or `table` alone, to be read whole by the next run, which tries
 * those rows again. Returns the tables.
 */
export async function retryQuarantine(client: Client, source: string, table?: string): Promise<string[]> {
  const { rows } = await client.query<{ table: string }>(
    `select distinct table_name as table from ops.quarantine
     where source = $1 and ($2::text is null or table_name = $2) order by 1`,
    [source, table ?? null],
  );
  const tables = rows.map((row) => row.table);
  await readWholeNext(client, source, tables);
  return tables;
}
