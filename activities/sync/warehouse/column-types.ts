import type { Client } from 'pg';

/** The types of columns of a relation, which is quoted and qualified, by their names. */
export async function readColumnTypes(
  client: Client,
  relation: string,
  columns: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<Record<'column' | 'type', string>>(
    `select attname as column, atttypid::regtype::text as type
     from pg_attribute where attrelid = $1::regclass and attname = any ($2)`,
    [relation, columns],
  );
  return new Map(rows.map(({ column, type }) => [column, type]));
}
