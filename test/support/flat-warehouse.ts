import type { Client } from 'pg';
import { sqlFile } from '../../activities/postgres/sql-file.ts';
import { migrate } from '../../activities/sync/warehouse/migrate/migrate.ts';
import { createLedger, recordApplied } from '../../activities/sync/warehouse/migrate/migration-ledger.ts';
import { numberedMigrations } from '../../activities/sync/warehouse/migrate/pending-migrations.ts';
import { freshDatabase } from './postgres.ts';
import type { FreshDatabase } from './postgres.ts';
import { openText } from './star.ts';

/** The first migration that makes leaves in a warehouse without rows. */
const leaves = 'warehouse/0007-leaves.sql';

/** A fresh database with `migrateFlat`. */
export async function flatWarehouse(): Promise<FreshDatabase> {
  const database = await freshDatabase('warehouse');
  const client = await openText(database.url);
  await migrateFlat(client);
  await client.end();
  return database;
}

/**
 * Makes the database a warehouse that 0.2 made and filled, migrated to this version: its tables are flat with integer columns,
 * and so are the ids of the session metrics, which were too many to be rewritten. It has a row of the source `closed`, which no
 * longer exists.
 */
export async function migrateFlat(client: Client): Promise<void> {
  await applyBefore(client, leaves);
  await client.query(
    `insert into clean.pages (project, id, name, batch) values ('closed', 1, 'from long ago', 'b');
     alter table analytics.session_metrics
       alter column user_id type integer, alter column id type integer,
       alter column first_id type integer, alter column first_usd_id type integer`,
  );
  await migrate(client);
}

async function applyBefore(client: Client, end: string): Promise<void> {
  await createLedger(client);
  for (const name of numberedMigrations().filter((each) => each < end)) {
    await client.query(sqlFile(name));
    await recordApplied(client, name, null);
  }
}
