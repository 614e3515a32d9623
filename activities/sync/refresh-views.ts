import type { Client } from 'pg';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';
import { recordCycle } from '../metrics.ts';
import { sqlFile } from '../postgres/sql-file.ts';
import { inTransaction } from './warehouse/transaction.ts';

/** How many sessions one transaction takes: bounds its length and memory, however many are waiting. */
const sessionsAtOnce = 50_000;

export interface RefreshInput {
  /** The source whose landing the refresh follows. */
  readonly source: string;
}

/** How many sessions' metrics a refresh changed. */
export interface Refreshed {
  readonly sessions: number;
}

/**
 * clean → analytics. Recomputes the metrics of the sessions whose inputs changed, whoever changed them: all of this
 * source, so that no backlog of another delays it, then one portion of what others left. Its cost is that of the change,
 * not of the history. Any number of refreshes may run at once, next to landings.
 */
export function createRefreshViews(environment: Environment) {
  return defineActivity(environment, refreshViews);
}

async function refreshViews(attempt: Attempt, { source }: RefreshInput): Promise<Refreshed> {
  return attempt.onWarehouse(source, async (client) => {
    let sessions = 0;
    const refreshPortion = async (project: string | null) => {
      const portion = await inTransaction(client, attempt.timeouts, () => refreshSome(client, project));
      sessions += portion.changed;
      attempt.report({ sessions });
      return portion;
    };
    while ((await refreshPortion(source)).taken === sessionsAtOnce);
    await refreshPortion(null);
    await recordCycle(client, source);
    return { sessions };
  });
}

/**
 * Lock, take, recompute: three statements, each with its own snapshot. Taking before computing means that a change
 * committed in between is seen twice rather than never; the lock keeps a slow refresh from overwriting a later one.
 */
async function refreshSome(
  client: Client,
  project: string | null,
): Promise<{ taken: number; changed: number }> {
  await client.query('set local lock_timeout = 0');
  await client.query(`select pg_advisory_xact_lock(hashtext('tidehouse.refresh'))`);
  await client.query(
    'create temp table refreshing (project text, user_id integer, id integer) on commit drop',
  );
  const taken = await client.query<{ taken: string }>(sqlFile('refresh/take-sessions.sql'), [
    project,
    sessionsAtOnce,
  ]);
  await client.query(sqlFile('refresh/take-rates.sql'));
  const { rows } = await client.query<{ sessions: string }>(sqlFile('refresh/recompute.sql'));
  return { taken: Number(taken.rows[0]!.taken), changed: Number(rows[0]!.sessions) };
}
