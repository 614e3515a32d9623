import type { Client } from 'pg';
import type { Config } from '../../../../model/config.ts';
import { pinSettings } from '../../../postgres/session.ts';
import { sqlFile } from '../../../postgres/sql-file.ts';
import type { LockPatience } from '../lock-patience.ts';
import { defaultLockPatience } from '../lock-patience.ts';
import { hasSessionAnalytics } from '../session-analytics.ts';
import { changeBelowViews, metricsDefinition, remakeViews } from './analytics-views.ts';
import { createLedger, forgetApplied, recordApplied } from './migration-ledger.ts';
import type { PendingMigration } from './pending-migrations.ts';
import {
  isDefinition,
  numberedMigrations,
  pendingMigrations,
  sessionMigrations,
} from './pending-migrations.ts';

export interface Migrated {
  /** The migrations and definitions that were pending and are now applied, by file name. */
  readonly applied: readonly string[];
  /** The missing views that were created again. */
  readonly restored: readonly string[];
  /** How many numbered migrations the warehouse has. */
  readonly version: number;
  /** The warehouse has the session analytics, and the config does not ask for them. */
  readonly unaskedAnalytics?: true;
}

/**
 * Brings the warehouse's schema up to this version, in one transaction: numbered migrations once each, forward only, then
 * the definitions of the analytics views, where `analytics` asks for them or the warehouse has them. When a definition has
 * changed or a view is missing, all of these views are dropped and recreated, with the privileges and comments that they had;
 * `create or replace view` could only append columns. Other people's views on them are never dropped: in their presence it
 * throws a MigrationRefused that names them and the remedy. When the definition of the session metrics has changed, all
 * sessions are queued to be recomputed.
 *
 * Safe to run several times at once: the second run waits and finds nothing to do. A query that uses one of the views delays
 * it by up to `patience.forMs`; a query that starts meanwhile waits for `patience.lockMs` at most, and then for the commit:
 * milliseconds, or about a quarter of a second for each million sessions that there are.
 */
export async function migrate(
  client: Client,
  analytics?: Config['analytics'],
  patience: LockPatience = defaultLockPatience,
): Promise<Migrated> {
  await client.query(`begin; ${pinSettings(client)}`);
  try {
    await client.query(`select pg_advisory_xact_lock(hashtext('tidehouse.migrate'))`);
    const pending = await pendingMigrations(client, analytics);
    if (pending.length > 0) await applyPending(client, pending, patience);
    const unasked = analytics === undefined && (await hasSessionAnalytics(client));
    await client.query('commit');
    return {
      applied: pending.map(({ name }) => name),
      restored: pending.flatMap(({ missing }) => missing),
      version: numberedMigrations().length,
      ...(unasked && { unaskedAnalytics: true }),
    };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function applyPending(
  client: Client,
  pending: readonly PendingMigration[],
  patience: LockPatience,
): Promise<void> {
  await createLedger(client);
  const before = await metricsDefinition(client);
  // A warehouse from before 0.3 has what the first of the session analytics' migrations makes.
  const made = (await hasSessionAnalytics(client)) ? sessionMigrations()[0] : undefined;
  if (!made) await forgetApplied(client, sessionMigrations());
  const redefine = pending.some(({ name }) => isDefinition(name)) ? remakeViews : changeBelowViews;
  await redefine(client, patience, async () => {
    for (const { name } of pending.filter((each) => !isDefinition(each.name))) {
      if (name !== made) await client.query(sqlFile(name));
      await recordApplied(client, name, null);
    }
  });
  // Queued only after the views were dropped, so no refresh with the old definition can take these sessions.
  if ((await metricsDefinition(client)) !== before)
    await client.query(
      `insert into analytics.changed_session (project)
       select source from ops.source union select project from analytics.session_metrics`,
    );
}
