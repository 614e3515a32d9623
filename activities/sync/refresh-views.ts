import type { Client } from 'pg';
import type { ConfigReader } from '../../model/config.ts';
import { withConnection } from '../postgres/connection.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { recordCycle } from '../metrics.ts';
import { readConfig, warehouseEndpoint } from '../postgres/endpoints.ts';
import { sqlFile } from '../postgres/sql-file.ts';
import { inTransaction } from './warehouse/transaction.ts';

/** How many sessions one transaction takes: bounds its length and memory, whatever has piled up. */
const sessionsAtOnce = 50_000;

export interface RefreshInput {
  /** Whose landing it follows. */
  readonly source: string;
}

/** How many sessions' metrics a refresh changed. */
export interface Refreshed {
  readonly sessions: number;
}

/**
 * clean → analytics. Recomputes the metrics of the sessions whose inputs changed, whoever changed them: all of this
 * source, so that no backlog of another delays it, then one portion of what others left behind. Costs what the change
 * costs, not what the history holds. Any number of refreshes may run at once, beside landings.
 */
export function createRefreshViews(reader: ConfigReader, timeouts: Timeouts) {
  return ({ source }: RefreshInput): Promise<Refreshed> =>
    withHeartbeat({ sessions: 0 }, async (report, signal) => {
      const config = await readConfig(reader);
      return withConnection(
        await warehouseEndpoint(reader, config, source),
        timeouts,
        signal,
        async (client) => {
          let sessions = 0;
          const refresh = async (project: string | null) => {
            const { taken, changed } = await inTransaction(client, timeouts, () =>
              refreshSome(client, project),
            );
            sessions += changed;
            report({ sessions });
            return taken === sessionsAtOnce;
          };
          while (await refresh(source));
          await refresh(null);
          await recordCycle(client, source);
          return { sessions };
        },
      );
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
