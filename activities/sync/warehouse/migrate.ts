import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { sqlFile, sqlFolder } from '../../postgres/sql-file.ts';

export interface Migrated {
  /** The migrations and definitions that were applied now, by file name. */
  readonly applied: readonly string[];
  readonly version: number;
}

/** Thrown when the warehouse was migrated by a newer Tidehouse, or a migration that it has was edited since. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

/**
 * Brings the warehouse's schema up to this version, in one transaction: numbered migrations once each, forward only,
 * then the definitions of the analytics as they are now. Safe to run by several at once; the second finds it done.
 * When the definition of the session metrics changed, all sessions are noted to be computed anew.
 */
export async function migrate(client: Client): Promise<Migrated> {
  await client.query('begin');
  try {
    await client.query(`select pg_advisory_xact_lock(hashtext('tidehouse.migrate'))`);
    await client.query(`create schema if not exists ops`);
    await client.query(`create table if not exists ops.migration (
      name text primary key, sha256 text not null, applied_at timestamptz not null default clock_timestamp())`);
    const { rows } = await client.query<{ name: string; sha256: string }>(
      'select name, sha256 from ops.migration',
    );
    const known = new Map(rows.map(({ name, sha256 }) => [name, sha256]));
    const migrations = sqlFiles('warehouse');
    refuseNewer(known, migrations);

    const applied: string[] = [];
    for (const name of migrations) if (await applyMigration(client, name, known)) applied.push(name);
    let redefined = false;
    for (const name of sqlFiles('analytics')) {
      const sha256 = hash(name);
      if (known.get(name) === sha256) continue;
      await client.query(sqlFile(name));
      await note(client, name, sha256);
      applied.push(name);
      // The views over the metrics come last and compute nothing.
      redefined ||= !name.endsWith('session-views.sql');
    }
    if (redefined)
      await client.query(
        `insert into analytics.changed_session (project, user_id, id) select project, user_id, id from clean.user_sessions`,
      );
    await client.query('commit');
    return { applied, version: migrations.length };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

function sqlFiles(folder: string): string[] {
  return readdirSync(join(sqlFolder, folder))
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => `${folder}/${file}`);
}

function refuseNewer(known: ReadonlyMap<string, string>, migrations: readonly string[]): void {
  const newer = [...known.keys()].filter(
    (name) => name.startsWith('warehouse/') && !migrations.includes(name),
  );
  if (newer.length > 0)
    throw new MigrationRefused(
      `The warehouse has the migration ${newer.join(', ')}, which this Tidehouse does not know: it was migrated by a newer one. Run that version.`,
    );
}

async function applyMigration(
  client: Client,
  name: string,
  known: ReadonlyMap<string, string>,
): Promise<boolean> {
  const sha256 = hash(name);
  const before = known.get(name);
  if (before === sha256) return false;
  if (before)
    throw new MigrationRefused(
      `The migration sql/${name} was edited after it had been applied; put it back, and add a new one instead.`,
    );
  await client.query(sqlFile(name));
  await note(client, name, sha256);
  return true;
}

async function note(client: Client, name: string, sha256: string): Promise<void> {
  await client.query(
    `insert into ops.migration (name, sha256) values ($1, $2)
     on conflict (name) do update set sha256 = excluded.sha256, applied_at = excluded.applied_at`,
    [name, sha256],
  );
}

function hash(name: string): string {
  return createHash('sha256').update(sqlFile(name)).digest('hex');
}
