import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { acceptHeldDeletes } from '../../activities/sync/warehouse/requests.ts';
import { readPosition } from '../../activities/sync/warehouse/position.ts';
import { inTransaction } from '../../activities/sync/warehouse/transaction.ts';
import { formatNumber } from '../../model/number.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import type { Context } from '../context/context.ts';
import { knownNames } from '../run/known-names.ts';
import { confirm } from '../terminal/confirm.ts';

/**
 * Accepts that the next run deletes the rows which earlier runs have left in the warehouse, because they were so many.
 * Shows how many of which table, and asks.
 */
export async function acceptDeletes(
  context: Context,
  source: string,
  { yes }: { yes: boolean },
): Promise<void> {
  const { config, printer } = context;
  knownNames('source', [source], Object.keys(config.sources));
  const { tables } = await withWarehouse(context, (client) => readPosition(client, source));
  const held = [...tables].filter(([, { heldDeletes = 0 }]) => heldDeletes > 0);
  const seen = new Map(held.map(([table, { heldDeletes = 0 }]) => [table, heldDeletes]));
  if (held.length === 0) {
    printer.result({ source, accepted: false }, `There is nothing to accept: no deletes of ${source} wait.`);
    return;
  }
  for (const [table, { heldDeletes, rows }] of held)
    printer.log(`${source}, ${table}: ${formatNumber(heldDeletes!)} of ${formatNumber(rows)} rows`);
  const question =
    'The source no longer has these rows; the next run deletes them from the warehouse, or marks them. Accept it?';
  if (!yes && !(await confirm(question))) {
    printer.result({ source, accepted: false }, 'Nothing was changed.');
    return;
  }
  await withWarehouse(context, (client) =>
    inTransaction(client, defaultTimeouts, () => acceptHeldDeletes(client, source, seen)),
  );
  printer.result(
    { source, accepted: true },
    `Accepted. To delete them now: tidehouse sync --source ${source}`,
  );
}
