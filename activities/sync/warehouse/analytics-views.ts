import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { codeOf } from '../../postgres/errors.ts';
import { sqlFile } from '../../postgres/sql-file.ts';
import { forgetApplied, readLedger, recordApplied } from './migration-ledger.ts';
import { MigrationRefused, definitionFiles, isDefinition, viewsOf } from './pending-migrations.ts';

/** How long to wait for queries that use the views, in milliseconds. */
export interface LockPatience {
  /**
   * One wait for a lock, behind which new queries wait. Shorter than deadlock_timeout (1 s), so Postgres does not cancel
   * an analyst's query.
   */
  readonly lockMs: number;
  /** The pause between two attempts. */
  readonly pauseMs: number;
  /** The limit for all attempts together. */
  readonly forMs: number;
}

export const defaultLockPatience: LockPatience = { lockMs: 500, pauseMs: 1_000, forMs: 60_000 };

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
  const made = new Map((await readSettings(client, views)).map((each) => [each.view, each]));
  for (const before of settings) await restoreSettings(client, before, made.get(before.view));
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

/** The SQLSTATEs of a change or a drop that fails because a view uses the column or the table. */
const usedByView = /^(0A000|2BP01)$/;

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

async function dropViews(client: Client, views: readonly string[], patience: LockPatience): Promise<void> {
  const until = Date.now() + patience.forMs;
  while (!(await tryToDrop(client, views, patience.lockMs))) {
    if (Date.now() >= until) throw await lockedRefusal(client, views);
    await pause(patience.pauseMs);
  }
}

/** Drops all of the views; or none, and returns false, when one of them is locked for longer than `lockMs`. */
async function tryToDrop(client: Client, views: readonly string[], lockMs: number): Promise<boolean> {
  await client.query(`savepoint dropping; set local lock_timeout = ${lockMs}`);
  try {
    await client.query(`drop view if exists ${views.join(', ')}`);
    await client.query('set local lock_timeout to default; release savepoint dropping');
    return true;
  } catch (error) {
    if (codeOf(error) !== '55P03') throw error;
    await client.query('rollback to savepoint dropping; release savepoint dropping');
    return false;
  }
}

async function lockedRefusal(client: Client, views: readonly string[]): Promise<MigrationRefused> {
  const { rows } = await client.query<Record<'view' | 'pid' | 'application' | 'since', string>>(
    sqlFile('catalogue/view-users.sql'),
    [views],
  );
  const users = rows.map(
    ({ view, pid, application, since }) =>
      `${view} is in use by process ${pid} (${application || 'unnamed'}, in a transaction since ${since} UTC).`,
  );
  return new MigrationRefused(
    [
      'The analytics views could not be recreated, because queries use them.',
      ...users,
      'Run "tidehouse migrate" again when they have ended, or end them:',
      ...new Set(rows.map(({ pid }) => `select pg_terminate_backend(${pid})`)),
    ].join('\n'),
  );
}

/**
 * Another object that depends on one of the views, directly or through further objects. `type` ("materialized view") and
 * `identity` (a quoted, schema-qualified name) are Postgres's own.
 */
interface Dependent {
  readonly type: string;
  readonly identity: string;
  /** The statements that return its definition and that drop it; null when one statement is not enough. */
  readonly save: string | null;
  readonly drop: string | null;
}

/** The objects that depend on the views, in an order in which they can be dropped. */
async function readDependents(client: Client, views: readonly string[]): Promise<Dependent[]> {
  const { rows } = await client.query<Dependent & Record<string, unknown>>(
    sqlFile('catalogue/dependents.sql'),
    [views],
  );
  return rows;
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

/** The settings of a view that its definition does not contain, as statements that restore them. */
interface ViewSettings {
  readonly view: string;
  readonly columns: readonly string[];
  readonly comments: readonly ColumnStatement[];
  readonly grants: readonly ColumnStatement[];
  /** These revoke all privileges of other roles. */
  readonly revokes: readonly string[];
  /** Sets the owner; null when this role is the owner. */
  readonly owner: string | null;
}

/** A statement about one column of a view, or about the view itself, when `column` is null. */
interface ColumnStatement {
  readonly column: string | null;
  readonly statement: string;
}

async function readSettings(client: Client, views: readonly string[]): Promise<ViewSettings[]> {
  const { rows } = await client.query<{ settings: string }>(sqlFile('catalogue/view-settings.sql'), [views]);
  return rows.map(({ settings }) => JSON.parse(settings) as ViewSettings);
}

/**
 * Restores the settings of a recreated view: its privileges, in place of those from default privileges, its comments,
 * unless its definition has others, and its owner. Columns that it no longer has are left out.
 */
async function restoreSettings(
  client: Client,
  before: ViewSettings,
  made: ViewSettings | undefined,
): Promise<void> {
  if (!made) return;
  const fits = ({ column }: ColumnStatement) => column === null || made.columns.includes(column);
  const commented = new Set(made.comments.map(({ column }) => column));
  const statements = [
    ...made.revokes,
    ...before.grants.filter(fits).map(({ statement }) => statement),
    ...before.comments
      .filter((comment) => fits(comment) && !commented.has(comment.column))
      .map(({ statement }) => statement),
    ...(before.owner === null ? [] : [before.owner]),
  ];
  for (const statement of statements) await client.query(statement);
}
