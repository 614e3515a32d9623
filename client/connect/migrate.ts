import { migrate as migrateWarehouse } from '../../activities/sync/warehouse/migrate/migrate.ts';
import type { Migrated } from '../../activities/sync/warehouse/migrate/migrate.ts';
import { MigrationRefused } from '../../activities/sync/warehouse/migrate/pending-migrations.ts';
import { dropSessionAnalytics } from '../../activities/sync/warehouse/session-analytics.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { separateWarehouse, sourcesThatAre, warehouseIsSource } from './warehouse-in-source.ts';
import { withWarehouse } from './warehouse.ts';

/** Brings the schema of the warehouse up to this version, unless it is one of the sources. */
export async function migrate(context: Context): Promise<void> {
  const migrated = await withWarehouse(context, async (client) => {
    const same = await sourcesThatAre(client, context);
    if (same.length > 0)
      throw new CommandFailure(
        exitCodes.failed,
        `The warehouse is not migrated: ${warehouseIsSource(same)}. ${separateWarehouse}`,
      );
    return migrateWarehouse(client, context.config.analytics);
  }).catch((error: unknown) => {
    throw error instanceof MigrationRefused ? new CommandFailure(exitCodes.failed, error.message) : error;
  });
  context.printer.result(migrated, describeMigrated(migrated));
}

function describeMigrated({ applied, restored, version, unaskedAnalytics }: Migrated): string {
  const current = `The warehouse is at version ${version}.`;
  return [
    ...applied.map((name) => `applied ${name}`),
    ...restored.map((view) => `The view ${view} was missing and has been recreated.`),
    applied.length === 0 ? `Nothing to apply. ${current}` : current,
    ...(unaskedAnalytics ? [unasked] : []),
  ].join('\n');
}

const unasked = `It has the session analytics, and they are kept up to date, although the config does not ask for them. To ask for them, add to the config: analytics: sessions
To drop them, with all views that read them, run in the warehouse:
${dropSessionAnalytics}`;
