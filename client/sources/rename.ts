import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { RenameRefused, renameSource } from '../../activities/sync/warehouse/rename-source.ts';
import { formatCount } from '../../model/number.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { knownNames } from '../run/known-names.ts';
import { confirm } from '../terminal/confirm.ts';
import { dropEmptyPartitions } from './drop-leaves.ts';

/** Gives the rows of a source that the config no longer has the name that it has there now. Asks first. */
export async function rename(
  context: Context,
  from: string,
  to: string,
  { yes }: { yes: boolean },
): Promise<void> {
  const { config, printer } = context;
  knownNames('source', [to], Object.keys(config.sources));
  if (from in config.sources)
    throw new CommandFailure(
      exitCodes.invalid,
      `The config still has ${from}. Give the source its new name there first: both names would be read otherwise.`,
    );
  const question = `All rows of ${from} in the warehouse get the name ${to}, and its next run goes on from where ${from} was. Rename it?`;
  if (!yes && !(await confirm(question))) {
    printer.result({ from, to, renamed: false }, 'Nothing was changed.');
    return;
  }
  const timeouts = { ...defaultTimeouts, warehouseLockMs: 60_000 };
  try {
    const rows = await withWarehouse(context, async (client) => {
      const renamed = await renameSource(client, timeouts, { from, to });
      await dropEmptyPartitions(client, timeouts, from, printer);
      return renamed;
    });
    printer.result(
      { from, to, renamed: true, rows },
      `Renamed ${formatCount(rows, 'row')} of ${from}. To read what has changed since: tidehouse sync --source ${to}`,
    );
  } catch (error) {
    if (!(error instanceof RenameRefused)) throw error;
    throw new CommandFailure(
      exitCodes.invalid,
      `${error.message} Nothing was changed. To see what the warehouse has: tidehouse sources`,
    );
  }
}
