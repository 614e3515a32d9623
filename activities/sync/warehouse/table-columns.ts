import type { Client } from 'pg';
import type { TableBatch } from '../../../model/batch.ts';

/** The columns of a table, with their types. */
export type Columns = ReadonlyMap<string, string>;

/** How clean differs from the columns that a batch brings of a table. */
export interface ColumnDifference {
  /** Those that the source no longer has; without those that raw lacks too, which were added by an analyst. */
  readonly vanished: readonly string[];
  /** Those that clean has no more: it has been renamed for another source since, or somebody has dropped it. */
  readonly missing: readonly string[];
}

/** How clean differs from the columns of each of the tables. */
export async function compareColumns(
  client: Client,
  tables: readonly TableBatch[],
): Promise<ReadonlyMap<string, ColumnDifference>> {
  const existing = await readColumns(client);
  return new Map(
    tables.map(({ table, shape }) => {
      const names = shape.columns.map(({ name }) => name);
      const known = new Set(['project', 'batch', ...names]);
      const clean = existing.get(`clean.${table}`) ?? new Map<string, string>();
      const raw = existing.get(`raw.${table}`) ?? new Map<string, string>();
      return [
        table,
        {
          vanished: [...clean.keys()].filter((name) => raw.has(name) && !known.has(name)),
          missing: names.filter((name) => !clean.has(name)),
        },
      ];
    }),
  );
}

/** The columns of the tables of raw and clean, by schema and name. */
export async function readColumns(client: Client): Promise<Map<string, Columns>> {
  const { rows } = await client.query<{ table: string; columns: string }>(
    `select n.nspname || '.' || c.relname as table,
            json_object_agg(a.attname, case a.atttypid
              when 'bpchar'::regtype then 'bpchar' when 'bpchar[]'::regtype then 'bpchar[]'
              else format_type(a.atttypid, null) end) as columns
     from pg_attribute a
     join pg_class c on c.oid = a.attrelid
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('raw', 'clean') and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
       and a.attgenerated = ''
     group by 1`,
  );
  return new Map(
    rows.map(({ table, columns }) => [
      table,
      new Map(Object.entries(JSON.parse(columns) as Record<string, string>)),
    ]),
  );
}
