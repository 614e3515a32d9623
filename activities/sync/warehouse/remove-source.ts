import type { Client } from 'pg';
import type { RowsChoice } from '../../../model/orphan-rows.ts';
import type { Timeouts } from '../../postgres/timeouts.ts';
import { readOrphans } from './orphans.ts';
import { deleteRows, lockProjects, projectTables } from './project-tables.ts';
import { hasSessionAnalytics } from './session-analytics.ts';
import { inTransaction } from './transaction.ts';

/** The orphans of one source to decide about: some tables, or all of them. */
export interface Removal {
  readonly source: string;
  readonly tables: readonly string[] | undefined;
  /** The sources of the config. */
  readonly configured: readonly string[];
}

/**
 * Decides what becomes of the orphans of a source: `keep` leaves their rows as they are, and no run reads or counts them
 * again; `drop` deletes them, in one transaction. A source that the config no longer has is forgotten. Readers wait
 * for nothing. Returns how many rows were deleted, and of which tables.
 */
export async function removeOrphans(
  client: Client,
  timeouts: Timeouts,
  { source, tables, configured }: Removal,
  rows: RowsChoice,
): Promise<{ deleted: number; tables: string[] }> {
  return inTransaction(client, { ...timeouts, statementMs: 0 }, async () => {
    await lockProjects(client, [source]);
    // Behind the lock: a table may have been read again meanwhile.
    const orphans = (await readOrphans(client, configured)).find((each) => each.source === source);
    const names = (orphans?.tables ?? [])
      .map(({ table }) => table)
      .filter((table) => tables === undefined || tables.includes(table));
    const deleted =
      rows === 'drop' ? await deleteRows(client, source, await projectTables(client, source, names)) : 0;
    if (rows === 'drop') await forgetTables(client, source, names);
    else await keepTables(client, source, names);
    if (orphans && !orphans.configured && tables === undefined)
      await forgetRemovedSource(client, source, rows);
    return { deleted, tables: names };
  });
}

async function keepTables(client: Client, source: string, tables: readonly string[]): Promise<void> {
  await client.query(
    `insert into ops.orphan (source, table_name, rows, kept)
     select source, table_name, rows, true from ops.position where source = $1 and table_name = any ($2)
     on conflict (source, table_name) do nothing`,
    [source, tables],
  );
  await client.query('update ops.orphan set kept = true where source = $1 and table_name = any ($2)', [
    source,
    tables,
  ]);
}

async function forgetTables(client: Client, source: string, tables: readonly string[]): Promise<void> {
  await client.query('delete from ops.orphan where source = $1 and table_name = any ($2)', [source, tables]);
  await client.query('delete from ops.position where source = $1 and table_name = any ($2)', [
    source,
    tables,
  ]);
}

async function forgetRemovedSource(client: Client, source: string, rows: RowsChoice): Promise<void> {
  if (rows === 'drop' && (await hasSessionAnalytics(client)))
    for (const table of ['session_metrics', 'changed_session', 'changed_rate'])
      await client.query(`delete from analytics.${table} where project = $1`, [source]);
  const history = rows === 'drop' ? ['day', 'schema_change'] : [];
  for (const table of [...history, 'batch', 'source'])
    await client.query(`delete from ops.${table} where source = $1`, [source]);
}
