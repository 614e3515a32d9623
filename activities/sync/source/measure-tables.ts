import type { Client } from 'pg';
import type { SurveyedTable } from './surveyed-table.ts';

/** The size of tables, in bytes, without their indexes. Views count as nothing. */
export async function measureTables(
  client: Client,
  tables: ReadonlyMap<string, SurveyedTable>,
): Promise<number> {
  const leaves = [...tables.values()].flatMap(({ shape }) => shape.leaves.map(({ oid }) => oid));
  const { rows } = await client.query<{ bytes: string }>(
    'select coalesce(sum(pg_table_size(oid)), 0) as bytes from unnest($1::oid[]) oid',
    [leaves],
  );
  return Number(rows[0]!.bytes);
}
