import type { Client } from 'pg';
import { readDependents } from '../../activities/sync/warehouse/dependents.ts';
import { qualified } from '../../model/identifier.ts';

/** Those of the tables of clean that views read, with the views, quoted and with their schemas. */
export async function viewsOn(
  client: Client,
  tables: readonly string[],
): Promise<{ table: string; views: string[] }[]> {
  const found: { table: string; views: string[] }[] = [];
  for (const table of tables) {
    const dependents = await readDependents(client, [`clean.${table}`]);
    const views = dependents.filter(({ type }) => type.endsWith('view')).map(({ identity }) => identity);
    if (views.length > 0) found.push({ table, views });
  }
  return found;
}

/** Those of the tables of clean in which no source has a row and that no view reads. */
export async function unusedTables(client: Client, tables: readonly string[]): Promise<string[]> {
  const read = (await viewsOn(client, tables)).map(({ table }) => table);
  const { rows } = await client.query<{ name: string }>(
    `select name from unnest($1::text[]) name where to_regclass(format('clean.%I', name)) is not null`,
    [tables.filter((table) => !read.includes(table))],
  );
  const unused: string[] = [];
  for (const { name } of rows) {
    const found = await client.query(`select from ${qualified('clean', name)} limit 1`);
    if (found.rowCount === 0) unused.push(name);
  }
  return unused;
}

/** The statements that drop such tables; nothing when there are none. */
export function adviceOnUnused(tables: readonly string[]): string[] {
  if (tables.length === 0) return [];
  return [
    'No source has rows there any longer. To drop the empty tables, run in the warehouse:',
    ...tables.map(
      (table) => `drop table if exists ${qualified('clean', table)}, ${qualified('raw', table)};`,
    ),
  ];
}
