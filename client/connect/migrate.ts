import { migrate as migrateWarehouse, MigrationRefused } from '../../activities/sync/warehouse/migrate.ts';
import type { Migrated } from '../../activities/sync/warehouse/migrate.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { withWarehouse } from './warehouse.ts';

/** Brings the schema of the warehouse up to this version. */
export async function migrate(context: Context): Promise<void> {
  const migrated = await withWarehouse(context, migrateWarehouse).catch((error: unknown) => {
    throw error instanceof MigrationRefused ? new CommandFailure(exitCodes.failed, error.message) : error;
  });
  context.printer.result(migrated, describeMigrated(migrated));
}

function describeMigrated({ applied, version }: Migrated): string {
  const current = `The warehouse is at version ${version}.`;
  return applied.length > 0
    ? [...applied.map((name) => `applied ${name}`), current].join('\n')
    : `Nothing to apply. ${current}`;
}
