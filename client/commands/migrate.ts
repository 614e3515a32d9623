import { migrate as migrateWarehouse } from '../../activities/sync/warehouse/migrate.ts';
import type { Migrated } from '../../activities/sync/warehouse/migrate.ts';
import { MigrationRefused } from '../../activities/sync/warehouse/pending-migrations.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { withWarehouse } from '../connect/warehouse.ts';

/** Brings the warehouse's schema up to this version. */
export async function migrate(context: Context): Promise<void> {
  const migrated = await withWarehouse(context, (client) => migrateWarehouse(client)).catch(refuse);
  context.printer.result(migrated, sayMigrated(migrated));
}

function refuse(error: unknown): never {
  throw error instanceof MigrationRefused ? new CommandFailure(exitCodes.failed, error.message) : error;
}

function sayMigrated({ applied, restored, version }: Migrated): string {
  const now = `The warehouse is at version ${version}.`;
  if (applied.length === 0) return `Nothing to apply. ${now}`;
  return [
    ...applied.map((name) => `applied ${name}`),
    ...restored.map((view) => `The view ${view} was missing and has been made again.`),
    now,
  ].join('\n');
}
