import type { Client } from 'pg';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';
import { recordCycle } from '../metrics.ts';
import { sqlFile } from '../postgres/sql-file.ts';
import { inTransaction } from './warehouse/transaction.ts';

/** The maximum number of sessions per transaction, which limits its duration and memory however many are waiting. */
const sessionsAtOnce = 50_000;

export interface RefreshInput {
  /** The source that has just landed. */
  readonly source: string;
}

/** The number of sessions whose metrics a refresh changed. */
export interface Refreshed {
  readonly sessions: number;
}

/**
 * clean → analytics. Recomputes the metrics of the sessions whose inputs have changed, for whatever reason: first all of
 * this source, which no backlog of another source delays, then one portion of what other sources have left. The cost
 * depends on the change, not on the history. Any number of refreshes may run at once, concurrently with landings.
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
 * Lock, take, recompute: three statements, each with its own snapshot. Because sessions are taken before they are
 * recomputed, a change committed in between is seen twice rather than never; the lock keeps a slow refresh from
 * overwriting a later one.
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
