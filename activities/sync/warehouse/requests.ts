import type { Client } from 'pg';

/**
 * Forgets how far `source` has been read: its next run reads it whole, and makes clean equal to it. A batch that is on its way
 * does not pass the fence.
 */
export async function forgetSource(client: Client, source: string): Promise<void> {
  await client.query('delete from ops.source where source = $1', [source]);
}

/**
 * Requests that the next run reads tables whole, whatever has changed. A batch on its way that has not all rows does not
 * answer it.
 */
export async function readWholeNext(
  client: Client,
  source: string,
  tables: readonly string[],
): Promise<void> {
  await client.query('update ops.position set whole_due = true where source = $1 and table_name = any ($2)', [
    source,
    tables,
  ]);
}

/**
 * Lets the next run of `source` delete rows that were too many to delete at once: of each table at most as many as somebody has
 * seen, whatever has been added since. Waits for a landing that is under way.
 */
export async function acceptHeldDeletes(
  client: Client,
  source: string,
  seen: ReadonlyMap<string, number>,
): Promise<void> {
  await client.query('select from ops.source where source = $1 for update', [source]);
  await client.query(
    `update ops.position p set accepted_deletes = least(p.held_deletes, s.rows)
     from unnest($2::text[], $3::bigint[]) s (table_name, rows)
     where p.source = $1 and p.table_name = s.table_name`,
    [source, [...seen.keys()], [...seen.values()]],
  );
}
