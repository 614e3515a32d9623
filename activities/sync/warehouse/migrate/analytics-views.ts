import type { Client } from 'pg';
import { codeOf } from '../../../postgres/errors.ts';
import { sqlFile } from '../../../postgres/sql-file.ts';
import type { Dependent } from '../dependents.ts';
import { readDependents, usedByView } from '../dependents.ts';
import type { LockPatience } from '../lock-patience.ts';
import { patiently, readLockHolders } from '../lock-patience.ts';
import { readSettings, restoreSettings } from '../relation-settings.ts';
import { hasSessionAnalytics } from '../session-analytics.ts';
import { forgetApplied, readLedger, recordApplied } from './migration-ledger.ts';
import { MigrationRefused, definitionFiles, isDefinition, viewsOf } from './pending-migrations.ts';

/**
 * Drops the analytics views, runs `change`, which may then alter what they read, and recreates them from their
 * definitions, with the owners, privileges and comments that they had. Throws MigrationRefused when other objects depend on
 * them, or when a query uses one for longer than `patience.forMs`. Call it within a transaction.
 */
export async function remakeViews(
  client: Client,
  patience: LockPatience,
  change: () => Promise<void>,
): Promise<void> {
  const views = await madeViews(client);
  const dependents = await readDependents(client, views);
  if (dependents.length > 0) throw dependentsRefusal(dependents);
  const settings = await readSettings(client, views);
  await dropViews(client, views, patience);
  await change();
  await applyDefinitions(client);
  await restoreSettings(client, views, settings);
}

/**
 * Runs `change`, which may alter what the analytics views read. The views are dropped for its duration, unless other
 * objects depend on them. In that case they stay, and if they make `change` impossible, throws a MigrationRefused that
 * names the dependents. Call it within a transaction.
 */
export async function changeBelowViews(
  client: Client,
  patience: LockPatience,
  change: () => Promise<void>,
): Promise<void> {
  const dependents = await readDependents(client, await madeViews(client));
  if (dependents.length === 0) return remakeViews(client, patience, change);
  await change().catch((error: unknown) => {
    throw usedByView.test(codeOf(error) ?? '') ? dependentsRefusal(dependents) : error;
  });
}

/**
 * The definition of the session metrics and of all views that it reads, as Postgres prints them, without comments and
 * original formatting. Null when the view does not exist.
 */
export async function metricsDefinition(client: Client): Promise<string | null> {
  const { rows } = await client.query<{ definition: string | null }>(
    sqlFile('catalogue/metrics-definition.sql'),
  );
  return rows[0]!.definition;
}

/** All views that definitions have made in this warehouse or make in this version, existing or not. */
async function madeViews(client: Client): Promise<string[]> {
  const applied = [...(await readLedger(client)).values()];
  return [
    ...new Set([...applied.flatMap(({ views }) => views ?? []), ...definitionFiles().flatMap(viewsOf)]),
  ];
}

async function applyDefinitions(client: Client): Promise<void> {
  if (!(await hasSessionAnalytics(client))) return;
  const definitions = definitionFiles();
  const applied = [...(await readLedger(client)).keys()];
  for (const name of definitions) {
    await client.query(sqlFile(name));
    await recordApplied(client, name, viewsOf(name));
  }
  await forgetApplied(
    client,
    applied.filter((name) => isDefinition(name) && !definitions.includes(name)),
  );
}

function dropViews(client: Client, views: readonly string[], patience: LockPatience): Promise<void> {
  return patiently(
    client,
    patience,
    () => client.query(`drop view if exists ${views.join(', ')}`),
    () => lockedRefusal(client, views),
  );
}

async function lockedRefusal(client: Client, views: readonly string[]): Promise<MigrationRefused> {
  const holders = await readLockHolders(client, views);
  return new MigrationRefused(
    [
      'The analytics views could not be recreated, because queries use them.',
      ...holders.map(({ description }) => description),
      'Run "tidehouse migrate" again when they have ended, or end them:',
      ...new Set(holders.map(({ end }) => end)),
    ].join('\n'),
  );
}

function dependentsRefusal(dependents: readonly Dependent[]): MigrationRefused {
  const names = dependents.map(({ type, identity }) => `${type} ${identity}`);
  return new MigrationRefused(
    [
      `The analytics views have to be recreated, but other objects depend on them: ${names.join(', ')}. Nothing was changed.`,
      'Save the definition of each, drop them in this order, run "tidehouse migrate", and create them again. Their own privileges, comments and indexes go with them.',
      ...dependents.flatMap(({ save, drop }) => [save, drop].filter((sql) => sql !== null)),
    ].join('\n'),
  );
}
