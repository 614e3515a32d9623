import type { Client } from 'pg';
import { quoteIdent } from '../../../model/identifier.ts';
import { lockRefresh } from './refresh-lock.ts';
import type { FoundTable } from './relations.ts';
import { findTables, lockParents } from './relations.ts';

/** The tables of clean and raw, and where the rows of `project` are in them; with `names`, only those of these names. */
export async function projectTables(
  client: Client,
  project: string,
  names?: readonly string[],
): Promise<FoundTable[]> {
  const { rows } = await client.query<{ schema: 'clean' | 'raw'; name: string }>(
    `select n.nspname as schema, c.relname as name
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('clean', 'raw') and c.relkind in ('r', 'p')
       and (select count(*) from pg_attribute a
            where a.attrelid = c.oid and a.attname in ('project', 'batch') and a.atttypid = 'text'::regtype) = 2
     order by 1, 2`,
  );
  return findTables(
    client,
    project,
    rows.filter(({ name }) => names === undefined || names.includes(name)),
  );
}

/**
 * Keeps refreshes and landings of these projects away until the end of the transaction: the refreshes first, because one that
 * is under way reads clean. In the order of their names, so that two of these cannot wait for each other.
 */
export async function lockProjects(client: Client, projects: readonly string[]): Promise<void> {
  for (const project of [...projects].sort()) await lockRefresh(client, project, 'wait');
  await client.query('select from ops.source where source = any ($1) order by source for update', [projects]);
}

/** Deletes the rows of `project` from these tables, without a lock that a reader waits for. Returns how many clean had. */
export async function deleteRows(
  client: Client,
  project: string,
  tables: readonly FoundTable[],
): Promise<number> {
  const relations = tables.flatMap(({ schema, relation }) => (relation ? [{ schema, ...relation }] : []));
  await lockParents(client, relations);
  let deleted = 0;
  for (const { schema, name } of relations) {
    const { rowCount } = await client.query(`delete from ${name} where project = $1`, [project]);
    if (schema === 'clean') deleted += rowCount ?? 0;
  }
  return deleted;
}

/** The columns of a relation that can be written, quoted. */
export async function writableColumns(client: Client, relation: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [relation],
  );
  return rows.map(({ name }) => quoteIdent(name));
}
