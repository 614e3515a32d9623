import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Client } from 'pg';
import type { Config } from '../../../../model/config.ts';
import { sqlFile, sqlFolder } from '../../../postgres/sql-file.ts';
import { hasSessionAnalytics, readStarTables } from '../session-analytics.ts';
import type { AppliedFile } from './migration-ledger.ts';
import { readLedger, sha256Of } from './migration-ledger.ts';

/** A file of sql/warehouse, sql/sessions or sql/analytics that `migrate` would apply or forget. */
export interface PendingMigration {
  /** The file, by its name in ops.migration: `warehouse/0001-schemas.sql`. */
  readonly name: string;
  /**
   * `new`: never applied here; `changed`: a definition that was applied with other contents; `missing`: a definition with
   * missing views; `removed`: a definition that this version no longer has.
   */
  readonly reason: 'new' | 'changed' | 'missing' | 'removed';
  /** The views that are missing; empty for the other reasons. */
  readonly missing: readonly string[];
}

/** Thrown when `migrate` cannot or must not change the warehouse. The message has the reason and the remedy. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

/**
 * What `migrate` would apply, in order; empty when the warehouse's schema is that of this version. Checks the catalogue
 * too, because views can be dropped manually. The session analytics are part of it where `analytics`, from the config, asks
 * for them, and where the warehouse has them already. Throws MigrationRefused when the warehouse was migrated by a newer
 * version, when a numbered migration was edited after it had been applied, or when a table of clean has the name of one that
 * the analytics need. Changes nothing.
 */
export async function pendingMigrations(
  client: Client,
  analytics?: Config['analytics'],
): Promise<PendingMigration[]> {
  const ledger = await readLedger(client);
  const made = await hasSessionAnalytics(client);
  const wanted = made || analytics === 'sessions';
  if (wanted && !made) refuseOccupied(await readStarTables(client));
  // Once dropped by somebody, they are made from the beginning.
  const applied = new Map([...ledger].filter(([name]) => made || !isOfSessions(name)));
  const numbered = [...numberedMigrations(), ...(wanted ? sessionMigrations() : [])];
  refuseNewer([...applied.keys()], [...numberedMigrations(), ...sessionMigrations()]);
  for (const name of numbered) refuseEdited(name, applied.get(name));
  if (!wanted) return numbered.filter((name) => !applied.has(name)).map((name) => pending(name, 'new'));

  const existing = new Set(await existingViews(client));
  const definitions = definitionFiles();
  return [
    ...numbered.filter((name) => !applied.has(name)).map((name) => pending(name, 'new')),
    ...definitions.flatMap((name) => pendingDefinition(name, applied.get(name), existing)),
    ...[...applied.keys()]
      .filter((name) => isDefinition(name) && !definitions.includes(name))
      .map((name) => pending(name, 'removed')),
  ];
}

/** How the schema differs from that of this version, in words: `warehouse/0006-x.sql is not applied, …`. */
export function describePending(migrations: readonly PendingMigration[]): string {
  const unapplied = new Set(migrations.filter(({ reason }) => reason === 'new').map(({ name }) => name));
  if (numberedMigrations().every((name) => unapplied.has(name))) return 'it is empty';
  return migrations.map(describe).join(', ');
}

function describe({ name, reason, missing }: PendingMigration): string {
  switch (reason) {
    case 'new':
      return `${name} is not applied`;
    case 'changed':
      return `${name} has changed`;
    case 'missing':
      return missing.length === 1
        ? `the view ${missing[0]!} is missing`
        : `the views ${missing.join(' and ')} are missing`;
    case 'removed':
      return `${name} is not part of this version`;
  }
}

/** The numbered migrations of this version, in order. Each is applied once and never edited. */
export function numberedMigrations(): string[] {
  return sqlFiles('warehouse');
}

/** The numbered migrations of the session analytics, in order; after the others. */
export function sessionMigrations(): string[] {
  return sqlFiles('sessions');
}

/** Whether a file in ops.migration is a numbered migration of the session analytics. */
function isOfSessions(name: string): boolean {
  return name.startsWith('sessions/');
}

/** The definitions of the analytics views of this version, in order. All are applied whenever one of them changes. */
export function definitionFiles(): string[] {
  return sqlFiles('analytics');
}

/** Whether a file in ops.migration is a definition, of this version or of another. */
export function isDefinition(name: string): boolean {
  return name.startsWith('analytics/');
}

/** The views that a definition makes, schema-qualified. A definition makes nothing but views. */
export function viewsOf(definition: string): string[] {
  return [...sqlFile(definition).matchAll(/^create (?:or replace )?view (\w+\.\w+)/gm)].map(
    ([, view]) => view!,
  );
}

async function existingViews(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ view: string }>(
    `select n.nspname || '.' || c.relname as view
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'v'`,
  );
  return rows.map(({ view }) => view);
}

function pendingDefinition(
  name: string,
  applied: AppliedFile | undefined,
  existing: ReadonlySet<string>,
): PendingMigration[] {
  if (!applied) return [pending(name, 'new')];
  if (applied.sha256 !== sha256Of(name)) return [pending(name, 'changed')];
  const missing = viewsOf(name).filter((view) => !existing.has(view));
  return missing.length > 0 ? [pending(name, 'missing', missing)] : [];
}

function pending(
  name: string,
  reason: PendingMigration['reason'],
  missing: readonly string[] = [],
): PendingMigration {
  return { name, reason, missing };
}

function refuseNewer(applied: readonly string[], numbered: readonly string[]): void {
  const newer = applied.filter((name) => !isDefinition(name) && !numbered.includes(name));
  if (newer.length > 0)
    throw new MigrationRefused(
      `The warehouse's schema is newer than this version of Tidehouse (it has ${newer.map((name) => basename(name)).join(', ')}): run the version that migrated it.`,
    );
}

function refuseOccupied(tables: readonly string[]): void {
  if (tables.length === 0) return;
  const statements = tables.map(
    (name) => `drop table clean.${name}, raw.${name}; delete from ops.position where table_name = '${name}';`,
  );
  throw new MigrationRefused(
    [
      `The session analytics need tables of their own in clean, which has a table of that name already: ${tables.join(', ')}. Nothing was changed.`,
      'To let the next run land them anew from the sources, run in the warehouse while no sync is running:',
      ...statements,
      'Then run: tidehouse migrate. A table that is not about sessions needs another name in the config, for example events: { as: app_events }.',
    ].join('\n'),
  );
}

function refuseEdited(name: string, applied: AppliedFile | undefined): void {
  if (applied && applied.sha256 !== sha256Of(name))
    throw new MigrationRefused(
      `The migration sql/${name} was edited after it had been applied to this warehouse. Restore the file, and add a new migration instead.`,
    );
}

function sqlFiles(folder: string): string[] {
  return readdirSync(join(sqlFolder, folder))
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => `${folder}/${file}`);
}
