import type { Client } from 'pg';
import { quoteIdent, qualified } from '../../../../model/identifier.ts';
import { sqlFile } from '../../../postgres/sql-file.ts';
import type { Dependent } from '../dependents.ts';
import { createViewStatement, readDependents } from '../dependents.ts';
import type { LockPatience } from '../lock-patience.ts';
import { TryAgain, patiently, readLockHolders } from '../lock-patience.ts';
import { MigrationRefused, definitionFiles, viewsOf } from '../migrate/pending-migrations.ts';
import { readSettings, restoreSettings } from '../relation-settings.ts';
import type { WarehouseTable } from '../relations.ts';
import type { TableCopy } from './copy-tables.ts';
import { nameOf } from './relation-shape.ts';

/**
 * Puts each table in the place of the one that it was made from, which is dropped. Views that read them, also those of
 * others, are dropped and recreated; all have the owners, privileges and comments that they had. Readers are locked out
 * for milliseconds, and wait for `patience.lockMs` at most for an attempt that fails because of a longer query.
 */
export async function swapRelations(
  client: Client,
  made: readonly TableCopy[],
  patience: LockPatience,
): Promise<void> {
  const tables = made.map(({ shape }) => shape);
  const names = tables.map(plainName);
  await patiently(
    client,
    patience,
    async () => {
      const views = await readViews(client, names);
      const all = [...names, ...views.map(({ name }) => name)];
      const settings = await readSettings(client, all);
      // Views before the tables that they read, as queries lock them.
      if (views.length > 0)
        await client.query(`drop view ${views.map(({ identity }) => identity).join(', ')}`);
      await client.query(`lock table ${tables.map(nameOf).join(', ')} in access exclusive mode`);
      if ((await readSnapshotHolders(client)).length > 0) throw new TryAgain();
      for (const each of made) await replaceTable(client, each);
      await recreateViews(client, views);
      await restoreSettings(client, all, settings);
    },
    () => lockedRefusal(client, names),
  );
}

async function replaceTable(client: Client, { shape, name }: TableCopy): Promise<void> {
  const { schema, name: final, keyName } = shape;
  await client.query(
    `drop table ${nameOf(shape)};
     alter table ${qualified('part', name)} set schema ${quoteIdent(schema)};
     alter table ${qualified(schema, name)} rename to ${quoteIdent(final)}`,
  );
  if (schema === 'analytics' && keyName !== null)
    await client.query(
      `alter table ${nameOf(shape)} rename constraint ${quoteIdent(`${name}_pkey`)} to ${quoteIdent(keyName)}`,
    );
}

/** A view that reads a table, directly or through other views. */
interface ReadingView {
  /** Quoted and qualified; `name` is the same, not quoted. */
  readonly identity: string;
  readonly name: string;
  /** The statement that creates it; null for a view of sql/analytics. */
  readonly create: string | null;
}

/** The views over the tables, in an order in which they can be dropped. */
async function readViews(client: Client, tables: readonly string[]): Promise<ReadingView[]> {
  const ours = new Set(definitionFiles().flatMap(viewsOf));
  const views: ReadingView[] = [];
  for (const { identity, name } of await readDependents(client, tables)) {
    if (name === null) continue;
    views.push({
      identity,
      name,
      create: ours.has(name) ? null : await createViewStatement(client, identity),
    });
  }
  return views;
}

async function recreateViews(client: Client, views: readonly ReadingView[]): Promise<void> {
  const dropped = new Set(views.map(({ name }) => name));
  for (const file of definitionFiles())
    if (viewsOf(file).some((view) => dropped.has(view))) await client.query(sqlFile(file));
  for (const { create } of [...views].reverse()) if (create !== null) await client.query(create);
}

/**
 * Throws a MigrationRefused when other objects depend on the tables, or were attached to them, that `swapRelations` could not
 * keep. It names each, and how to save and remove it.
 */
export async function refuseAttached(client: Client, tables: readonly WarehouseTable[]): Promise<void> {
  const attached: { what: string; statements: (string | null)[] }[] = [];
  for (const table of tables) {
    const { rows } = await client.query<{ attached: string; remove: string }>(
      sqlFile('catalogue/attachments.sql'),
      [nameOf(table)],
    );
    attached.push(...rows.map(({ attached: what, remove }) => ({ what, statements: [remove] })));
  }
  const names = tables.map(plainName);
  const dependents = (await readDependents(client, names)).filter(
    (each) => each.name === null && !isOwn(each),
  );
  attached.push(
    ...dependents.map(({ type, identity, save, drop }) => ({
      what: `${type} ${identity}`,
      statements: [save, drop],
    })),
  );
  if (attached.length === 0) return;
  const whats = [...new Set(attached.map(({ what }) => what))];
  throw new MigrationRefused(
    [
      `${names.join(', ')} cannot be replaced, because of ${whats.join(', ')}. Nothing was changed.`,
      'Save the definition of each, remove them in this order, run "tidehouse repartition" again, and create them again:',
      ...new Set(attached.flatMap(({ statements }) => statements.filter((sql) => sql !== null))),
    ].join('\n'),
  );
}

/** Defaults and triggers of the tables themselves: new ones get the same; attachments.sql has the triggers of others. */
function isOwn({ type, identity }: Dependent): boolean {
  return type === 'default value' || (type === 'trigger' && / on "?(clean|raw)"?\./.test(identity));
}

function plainName({ schema, name }: WarehouseTable): string {
  return `${schema}.${name}`;
}

/**
 * Transactions that keep a snapshot from one statement to the next: REPEATABLE READ, and open cursors. In a new table they
 * would see what landed after their snapshot, and in others not.
 */
async function readSnapshotHolders(client: Client): Promise<string[]> {
  // A transaction otherwise sees the sessions as they were when it first looked.
  await client.query('select pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ pid: string }>(
    `select pid from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
       and backend_xmin is not null and state = 'idle in transaction'`,
  );
  return rows.map(({ pid }) => pid);
}

async function lockedRefusal(client: Client, names: readonly string[]): Promise<MigrationRefused> {
  const holders = await readLockHolders(client, names);
  const snapshots = await readSnapshotHolders(client);
  return new MigrationRefused(
    [
      `${names.join(', ')} could not be replaced, because queries use them. Nothing was changed.`,
      ...holders.map(({ description }) => description),
      ...snapshots.map((pid) => `Process ${pid} keeps an older snapshot from one statement to the next.`),
      'Run "tidehouse repartition" again when they have ended, or end them:',
      ...new Set([
        ...holders.map(({ end }) => end),
        ...snapshots.map((pid) => `select pg_terminate_backend(${pid})`),
      ]),
    ].join('\n'),
  );
}
