import type { Client } from 'pg';
import { qualified } from '../../../../model/identifier.ts';
import { renameColumn } from './table-statements.ts';

/**
 * The statements that give an analyst's own columns of a table of clean another name, with an underscore, where sources bring
 * columns named `wanted`: their values stay, and what reads them still does. `wanted` has none of the sources' columns that
 * clean has already.
 */
export async function moveAside(client: Client, table: string, wanted: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [qualified('clean', table)],
  );
  const present = rows.map(({ name }) => name);
  const taken = new Set([...present, ...wanted]);
  return wanted
    .filter((name) => present.includes(name))
    .map((name) => {
      let other = `${name}_`;
      while (taken.has(other)) other += '_';
      taken.add(other);
      return renameColumn('clean', table, name, other);
    });
}
