import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { lockSource } from '../../activities/sync/warehouse/fence.ts';
import { readPosition, readWholeNext } from '../../activities/sync/warehouse/position.ts';
import { inTransaction } from '../../activities/sync/warehouse/transaction.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { knownNames } from './known-names.ts';
import { sync } from './sync.ts';

/**
 * Requests that tables of a source are read whole, or all of them, and runs a sync that does so. When no run can be started, the
 * next one of the schedule does it.
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
      const landed = [...(await readPosition(client, source)).tables.keys()];
      const unknown = tables.find((table) => !landed.includes(table));
      if (unknown !== undefined)
        throw new CommandFailure(
          exitCodes.invalid,
          `The table ${unknown} of ${source} has not landed. The tables that have: ${landed.join(', ')}`,
        );
      await readWholeNext(client, source, tables.length === 0 ? landed : tables);
    }),
  );
  await sync(context, { source: [source], noWait });
}
