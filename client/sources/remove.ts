import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { readOrphans } from '../../activities/sync/warehouse/orphans.ts';
import { removeOrphans } from '../../activities/sync/warehouse/remove-source.ts';
import { formatCount } from '../../model/number.ts';
import type { RowsChoice } from '../../model/orphan-rows.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { confirm } from '../terminal/confirm.ts';
import { dropEmptyPartitions } from './drop-leaves.ts';
import { adviceOnUnused, unusedTables, viewsOn } from './unused-tables.ts';

export interface RemoveOptions {
  readonly rows: RowsChoice;
  readonly yes: boolean;
}

/**
 * Keeps or drops the rows of a source that the config no longer has; with `tables`, only of these, which the config no
 * longer chooses. Says which rows, and asks.
 */
export async function remove(
  context: Context,
  source: string,
  tables: readonly string[],
  { rows: choice, yes }: RemoveOptions,
): Promise<void> {
  const { config, printer } = context;
  const configured = Object.keys(config.sources);
  const orphans = (await withWarehouse(context, (client) => readOrphans(client, configured))).find(
    (each) => each.source === source,
  );
  const chosen = orphans?.tables.filter(({ table }) => tables.length === 0 || tables.includes(table)) ?? [];
  const unknown = tables.find((table) => !chosen.some((each) => each.table === table));
  if (!orphans || unknown !== undefined)
    throw new CommandFailure(
      exitCodes.invalid,
      `${unknown === undefined ? `The rows of ${source}` : `The rows of ${source}, table ${unknown},`} are read by each run, or do not exist. First remove it from the config. To see what the warehouse has: tidehouse sources`,
    );
  printer.log(chosen.map(({ table, rows }) => `${source}, ${table}: ${formatCount(rows, 'row')}`).join('\n'));
  if (choice === 'drop') {
    const names = chosen.map(({ table }) => table);
    const readers = await withWarehouse(context, (client) => viewsOn(client, names));
    for (const { table, views } of readers) printer.log(`clean.${table} is read by ${views.join(', ')}.`);
  }
  const total = formatCount(
    chosen.reduce((sum, { rows }) => sum + rows, 0),
    'row',
  );
  const question =
    choice === 'drop'
      ? `${total} of ${source} are deleted from the warehouse. Delete them?`
      : `${total} of ${source} stay in the warehouse as they are; no run reads them again. Keep them?`;
  if (!yes && !(await confirm(question))) {
    printer.result({ source, removed: false }, 'Nothing was changed.');
    return;
  }
  const removal = { source, configured, tables: tables.length === 0 ? undefined : tables };
  const timeouts = { ...defaultTimeouts, warehouseLockMs: 60_000 };
  const {
    deleted,
    tables: removed,
    unused,
  } = await withWarehouse(context, async (client) => {
    const done = await removeOrphans(client, timeouts, removal, choice);
    await dropEmptyPartitions(client, timeouts, source, printer);
    return { ...done, unused: choice === 'drop' ? await unusedTables(client, done.tables) : [] };
  });
  printer.result(
    { source, removed: true, tables: removed, rows: choice, deleted },
    choice === 'drop'
      ? [`Deleted ${formatCount(deleted, 'row')} of ${source}.`, ...adviceOnUnused(unused)].join('\n')
      : `Kept ${total} of ${source}.`,
  );
}
