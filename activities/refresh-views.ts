import type { Client } from 'pg';
import type { ConfigReader } from '../model/config.ts';
import { withConnection } from './connect.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Limits } from './limits.ts';
import { readConfig, warehousePeer } from './peers.ts';
import { sqlFile } from './sql-file.ts';
import { inTransaction } from './warehouse/transaction.ts';

/** How many noted sessions one transaction takes: bounds its length and memory, whatever has piled up. */
const sessionsAtOnce = 50_000;

/** How many sessions' metrics a refresh changed. */
export interface Refreshed {
  readonly sessions: number;
}

/**
 * clean → analytics. Recomputes the metrics of the sessions whose inputs changed, whoever changed them, until none is
 * left; costs what the change costs, not what the history holds. Any number of refreshes may run at once, beside landings.
 */
export function createRefreshViews(reader: ConfigReader, limits: Limits) {
  return (): Promise<Refreshed> =>
    withHeartbeat({ sessions: 0 }, async (report, signal) => {
      const config = await readConfig(reader);
      return withConnection(await warehousePeer(reader, config), limits, signal, async (client) => {
        let sessions = 0;
        for (;;) {
          const { taken, changed } = await inTransaction(client, limits, () => refreshSome(client));
          sessions += changed;
          report({ sessions });
          if (taken < sessionsAtOnce) return { sessions };
        }
      });
    });
}

/**
 * Lock, take, recompute: three statements, each with its own snapshot. Taking before computing means that a change
 * committed in between is seen twice rather than never; the lock keeps a slow refresh from overwriting a later one.
 */
async function refreshSome(client: Client): Promise<{ taken: number; changed: number }> {
  await client.query('set local lock_timeout = 0');
  await client.query(`select pg_advisory_xact_lock(hashtext('tidehouse.refresh'))`);
  const { rowCount: taken } = await client.query(
    sqlFile('refresh/take-sessions.sql').replace(':at_most', String(sessionsAtOnce)),
  );
  await client.query(sqlFile('refresh/take-rates.sql'));
  const { rows } = await client.query<{ sessions: string }>(sqlFile('refresh/recompute.sql'));
  return { taken: taken ?? 0, changed: Number(rows[0]!.sessions) };
}
