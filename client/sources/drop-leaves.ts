import type { Client } from 'pg';
import type { Timeouts } from '../../activities/postgres/timeouts.ts';
import { dropLeaves } from '../../activities/sync/warehouse/drop-leaves.ts';
import { formatCount } from '../../model/number.ts';
import type { Printer } from '../terminal/printer.ts';

/** Drops the empty partitions of a source that is not there any longer, and says which ones stay. */
export async function dropEmptyPartitions(
  client: Client,
  timeouts: Timeouts,
  source: string,
  printer: Printer,
): Promise<void> {
  const stay = await dropLeaves(client, timeouts, source);
  if (stay.length > 0)
    printer.log(
      `${formatCount(stay.length, 'empty partition')} of ${source} could not be dropped: queries use them, or something depends on them. They do no harm; to drop them later:\ndrop table ${stay.join(', ')}`,
    );
}
