import type { Client } from 'pg';
import type { Column, TableBatch, TableShape } from '../../../../model/batch.ts';
import type { TypedColumn } from './table-statements.ts';

/** The columns of a table, with their types. */
export type Columns = ReadonlyMap<string, string>;

/** How clean differs from the columns that a batch brings of a table. */
export interface ColumnDifference {
  /** Those that the source no longer has. */
  readonly vanished: readonly string[];
  /** Those that clean has no more: it has been renamed for another source since, or somebody has dropped it. */
  readonly missing: readonly string[];
}

/** How clean differs from the columns of each of the tables. */
export async function compareColumns(
  client: Client,
  tables: readonly TableBatch[],
): Promise<ReadonlyMap<string, ColumnDifference>> {
  const existing = await readColumns(client, tables);
  return new Map(
    tables.map(({ table, shape }) => {
      const names = cleanColumns(shape).map(({ name }) => name);
      const clean = existing.get(`clean.${table}`) ?? new Map<string, string>();
      const vanished = otherColumns(clean, names).map(({ name }) => name);
      return [table, { vanished, missing: names.filter((name) => !clean.has(name)) }];
    }),
  );
}

/** The columns that clean has of a table: those of the source, and the one that marks deleted rows. */
export function cleanColumns({
  columns,
  deletes,
}: Pick<TableShape, 'columns' | 'deletes'>): readonly Column[] {
  if (deletes !== 'mark') return columns;
  return [...columns, { name: 'deleted_at', type: 'timestamp with time zone', origin: '' }];
}

/** The warehouse's own columns of each table. */
const own: ReadonlySet<string> = new Set(['project', 'batch']);

/** The columns that a table of raw or clean has apart from those named. */
export function otherColumns(have: Columns, names: readonly string[]): TypedColumn[] {
  return [...have]
    .filter(([name]) => !own.has(name) && !names.includes(name))
    .map(([name, type]) => ({ name, type }));
}

/**
 * The columns that these tables have in raw and clean for the sources, by schema and name. Raw has every column that a source
 * brought; what only clean has is an analyst's. A table is looked up by its name: there may be thousands of leaves.
 */
export async function readColumns(
  client: Client,
  tables: readonly Pick<TableBatch, 'table'>[],
): Promise<Map<string, Columns>> {
  const { rows } = await client.query<{ table: string; columns: string }>(
    `select n.nspname || '.' || c.relname as table, a.columns
     from unnest($1::text[]) w (name)
     join pg_namespace n on n.nspname in ('raw', 'clean')
     join pg_class c on c.relnamespace = n.oid and c.relname = w.name and c.relkind in ('r', 'p')
     left join pg_class r on n.nspname = 'clean' and r.relnamespace = 'raw'::regnamespace and r.relname = c.relname
     cross join lateral (
       select json_object_agg(a.attname, case a.atttypid
                when 'bpchar'::regtype then 'bpchar' when 'bpchar[]'::regtype then 'bpchar[]'
                else format_type(a.atttypid, null) end) as columns
       from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
         and (r.oid is null or exists (
           select from pg_attribute b where b.attrelid = r.oid and b.attname = a.attname and not b.attisdropped))
     ) a
     where a.columns is not null`,
    [tables.map(({ table }) => table)],
  );
  return new Map(
    rows.map(({ table, columns }) => [
      table,
      new Map(Object.entries(JSON.parse(columns) as Record<string, string>)),
    ]),
  );
}
