import { migrate as migrateWarehouse, MigrationRefused } from '../../activities/sync/warehouse/migrate.ts';
import type { Migrated } from '../../activities/sync/warehouse/migrate.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { withWarehouse } from '../connect/warehouse.ts';

/** Brings the warehouse's schema up to this version. */
export async function migrate(context: Context): Promise<void> {
  const migrated = await withWarehouse(context, migrateWarehouse).catch(refuse);
  context.printer.result(migrated, sayMigrated(migrated));
}

function refuse(error: unknown): never {
  throw error instanceof MigrationRefused ? new CommandFailure(exitCodes.failed, error.message) : error;
}

function sayMigrated({ applied, version }: Migrated): string {
  const now = `The warehouse is at version ${version}.`;
  return applied.length > 0
    ? [...applied.map((name) => `applied ${name}`), now].join('\n')
    : `Nothing to apply. ${now}`;
}
