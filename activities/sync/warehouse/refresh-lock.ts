import type { Client } from 'pg';

/** Whether to wait for another transaction that has the lock, or to do without it. */
export type Wait = 'wait' | 'try';

/**
 * Locks the session metrics of `project` until the end of the transaction, so that two refreshes of it, or a refresh and a
 * change of the whole project, follow each other. Returns whether the lock is taken.
 */
export async function lockRefresh(client: Client, project: string, wait: Wait): Promise<boolean> {
  const lock = wait === 'wait' ? 'pg_advisory_xact_lock' : 'pg_try_advisory_xact_lock';
  const { rows } = await client.query<{ locked: string }>(
    `select ${lock}(hashtext('tidehouse.refresh'), hashtext($1))::text as locked`,
    [project],
  );
  return rows[0]!.locked !== 'false';
}
