import { changeOfIdentity } from '../../activities/sync/source/identity.ts';
import { readSnapshot } from '../../activities/sync/source/snapshot.ts';
import { forgetSource } from '../../activities/sync/warehouse/requests.ts';
import { readPosition } from '../../activities/sync/warehouse/position.ts';
import type { Position } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import { formatTime } from '../../model/time.ts';
import { withSource, withWarehouse } from '../connect/warehouse.ts';
import type { Context } from '../context/context.ts';
import { knownNames } from '../run/known-names.ts';
import { confirm } from '../terminal/confirm.ts';
import { renderTable } from '../terminal/table.ts';

/**
 * Accepts that a source is another server or database than the one read before, or was set back in time: forgets how far it
 * was read, so its next run reads it whole and makes the warehouse equal to it. Shows what was and what is, and asks.
 */
export async function accept(context: Context, source: string, { yes }: { yes: boolean }): Promise<void> {
  const { config, printer } = context;
  knownNames('source', [source], Object.keys(config.sources));
  const position = await withWarehouse(context, (client) => readPosition(client, source));
  const { now } = await withSource(context, source, readSnapshot);
  const problem = changeOfIdentity(position, now);
  if (problem === undefined) {
    printer.result(
      { source, accepted: false },
      `There is nothing to accept: ${source} ${position.snapshot ? 'is the server and the database read before' : 'has not landed yet'}.`,
    );
    return;
  }
  printer.log(`${source}: ${problem}.\n\n${comparison(position, now)}\n`);
  const question = `The next run reads ${source} whole, and deletes from the warehouse what it does not have. Where that would delete more rows of a table than max_deletes allows, they wait until they are accepted too. Accept it?`;
  if (!yes && !(await confirm(question))) {
    printer.result({ source, accepted: false }, 'Nothing was changed.');
    return;
  }
  await withWarehouse(context, (client) => forgetSource(client, source));
  printer.result({ source, accepted: true }, `Accepted. To read it now: tidehouse sync --source ${source}`);
}

/** A table of the source as it was read before and as it is now. */
export function comparison(
  { identity: known, snapshot: last }: Pick<Position, 'identity' | 'snapshot'>,
  { identity, snapshot }: Pick<SourceSnapshot, 'identity' | 'snapshot'>,
): string {
  return renderTable(
    ['', 'read before', 'now'],
    [
      ['system identifier', known!.system, identity.system],
      ['database', known!.database, identity.database],
      ['timeline', known!.timeline, identity.timeline],
      ['oldest transaction', last!.xmin, snapshot.xmin],
      ['time', formatTime(last!.takenAt), formatTime(snapshot.takenAt)],
    ],
  );
}
