import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { sqlFile } from '../../../postgres/sql-file.ts';

/** A file in sql/ that was applied to this warehouse. */
export interface AppliedFile {
  /** The path relative to sql/. */
  readonly name: string;
  readonly sha256: string;
  /** The views made by a definition; null for a numbered migration, and for any file applied by a version before 0.3. */
  readonly views: readonly string[] | null;
}

/** The contents of ops.migration, by file name; empty in an empty warehouse. */
export async function readLedger(client: Client): Promise<ReadonlyMap<string, AppliedFile>> {
  const found = await client.query<{ name: string | null }>(
    `select to_regclass('ops.migration')::text as name`,
  );
  if (found.rows[0]!.name === null) return new Map();
  // As one JSON document: not every warehouse has the column "views" yet, and not every connection parses arrays.
  const { rows } = await client.query<{ applied: string }>(
    `select coalesce(json_agg(m), '[]')::text as applied from ops.migration m`,
  );
  const applied = JSON.parse(rows[0]!.applied) as AppliedFile[];
  return new Map(applied.map((file) => [file.name, { ...file, views: file.views ?? null }]));
}

/** Creates ops.migration if it does not exist. The table precedes all migrations, so none of them can create it. */
export async function createLedger(client: Client): Promise<void> {
  await client.query(`
    create schema if not exists ops;
    create table if not exists ops.migration (
      name text primary key, sha256 text not null, applied_at timestamptz not null default clock_timestamp());
    alter table ops.migration add column if not exists views text[];
    comment on table ops.migration is 'The files of sql/warehouse and sql/analytics that were applied to this warehouse.';
    comment on column ops.migration.views is 'The views that a definition made.'`);
}

/** Records that the file `name` was applied, and the views that it made. */
export async function recordApplied(
  client: Client,
  name: string,
  views: readonly string[] | null,
): Promise<void> {
  await client.query(
    `insert into ops.migration (name, sha256, views) values ($1, $2, $3)
     on conflict (name) do update
     set sha256 = excluded.sha256, views = excluded.views, applied_at = excluded.applied_at`,
    [name, sha256Of(name), views],
  );
}

/** Removes files that are not part of this version from the ledger. */
export async function forgetApplied(client: Client, names: readonly string[]): Promise<void> {
  if (names.length > 0) await client.query('delete from ops.migration where name = any ($1)', [names]);
}

/** The hash of the file `name`, by which a later change to it is detected. */
export function sha256Of(name: string): string {
  return createHash('sha256').update(sqlFile(name)).digest('hex');
}
