import type { Client } from 'pg';
import type { BatchReference, TableBatch } from '../../../../model/batch.ts';
import type { Timeouts } from '../../../postgres/timeouts.ts';
import { batchLost } from '../../batch-lost.ts';
import { passFence } from '../fence.ts';
import { endEarlierLoads } from '../loading.ts';
import { inTransaction } from '../transaction.ts';
import { alterTables, makeTables } from './align.ts';

/**
 * Makes raw and clean fit for the rows of a batch's `tables`, and ends what earlier attempts are still loading. Returns
 * `landed`, and changes nothing, when the batch has landed already. Throws BatchLost when a table has to be read whole.
 */
export async function prepareTables(
  client: Client,
  timeouts: Timeouts,
  batch: BatchReference,
  tables: readonly TableBatch[],
): Promise<'open' | 'landed'> {
  const isOpen = async () => (await passFence(client, batch)) === 'open';
  const prepared = await inTransaction(client, timeouts, async () => {
    if (!(await isOpen())) return undefined;
    await endEarlierLoads(client, batch.source);
    return makeTables(client, batch.source, tables);
  });
  if (!prepared) return 'landed';
  const [incomplete] = prepared.incomplete;
  if (incomplete !== undefined)
    throw batchLost(batch.source, 'the warehouse lacks columns of it, so it is read whole', incomplete);
  await alterTables(client, timeouts, batch.source, prepared.toAlter, isOpen);
  return 'open';
}
