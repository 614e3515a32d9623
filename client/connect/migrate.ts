import { migrate as migrateWarehouse } from '../../activities/sync/warehouse/migrate.ts';
import type { Migrated } from '../../activities/sync/warehouse/migrate.ts';
import { MigrationRefused } from '../../activities/sync/warehouse/pending-migrations.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { withWarehouse } from './warehouse.ts';

/** Brings the schema of the warehouse up to this version. */
export async function migrate(context: Context): Promise<void> {
  const migrated = await withWarehouse(context, (client) => migrateWarehouse(client)).catch(
    (error: unknown) => {
      throw error instanceof MigrationRefused ? new CommandFailure(exitCodes.failed, error.message) : error;
    },
  );
  context.printer.result(migrated, describeMigrated(migrated));
}

function describeMigrated({ applied, restored, version }: Migrated): string {
  const current = `The warehouse is at version ${version}.`;
  if (applied.length === 0) return `Nothing to apply. ${current}`;
  return [
    ...applied.map((name) => `applied ${name}`),
    ...restored.map((view) => `The view ${view} was missing and has been recreated.`),
    current,
  ].join('\n');
}
