import { migrate as migrateWarehouse, MigrationRefused } from '../../activities/warehouse/migrate.ts';
import type { Migrated } from '../../activities/warehouse/migrate.ts';
import type { Context } from '../context.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { withWarehouse } from '../warehouse.ts';

/** Brings the warehouse's schema up to this version. */
export async function migrate(context: Context): Promise<void> {
  // Handed out as a value: as an error it would be told as one of the connection.
  const migrated = await withWarehouse(context, (client) => migrateWarehouse(client).catch(refusal));
  if (migrated instanceof MigrationRefused) throw new CommandFailure(exitCodes.failed, migrated.message);
  context.printer.result(migrated, sayMigrated(migrated));
}

function refusal(error: unknown): MigrationRefused {
  if (error instanceof MigrationRefused) return error;
  throw error;
}

function sayMigrated({ applied, version }: Migrated): string {
  const now = `The warehouse is at version ${version}.`;
  return applied.length > 0
    ? [...applied.map((name) => `applied ${name}`), now].join('\n')
    : `Nothing to apply. ${now}`;
}
