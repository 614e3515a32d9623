import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { lockSource } from '../../activities/sync/warehouse/fence.ts';
import { readPosition } from '../../activities/sync/warehouse/position.ts';
import { readWholeNext } from '../../activities/sync/warehouse/requests.ts';
import { inTransaction } from '../../activities/sync/warehouse/transaction.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import type { Context } from '../context/context.ts';
import { knownNames } from './known-names.ts';
import { knownTables } from './known-tables.ts';
import { sync } from './sync.ts';

/**
 * Requests that tables of a source are read whole, or all of them, and runs a sync that does so. When no run can be
 * started, the next one of the schedule does it.
 */
export async function resync(
  context: Context,
  source: string,
  tables: readonly string[],
  { noWait }: { readonly noWait: boolean },
): Promise<void> {
  knownNames('source', [source], Object.keys(context.config.sources));
  await withWarehouse(context, (client) =>
    inTransaction(client, defaultTimeouts, async () => {
      await lockSource(client, source);
      const requested = await knownTables(client, [source], tables);
      const landed = [...(await readPosition(client, source)).tables.keys()];
      await readWholeNext(client, source, requested.length === 0 ? landed : requested);
    }),
  );
  await sync(context, { source: [source], noWait });
}
