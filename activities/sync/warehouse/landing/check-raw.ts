import type { Client } from 'pg';
import type { Manifest } from '../../../../model/batch.ts';
import { pipelined } from '../../../postgres/pipeline.ts';
import { batchLost } from '../../batch-lost.ts';
import { lockParents } from '../relations.ts';
import { countKeys } from './keys-table.ts';
import type { TableToLand } from './table-landing.ts';

/**
 * Locks what the tables land in against changes of their structure, and throws unless raw holds what the extract wrote: a
 * crash may have emptied it, or another attempt replaced it.
 */
export async function checkRaw(
  client: Client,
  { source, id }: Manifest,
  tables: readonly TableToLand[],
): Promise<void> {
  const lost = (table: string, count: number | undefined, expected: number) =>
    batchLost(source, `raw has ${count ?? 'no'} rows of batch ${id} instead of ${expected}`, table);
  await pipelined(client, () => [
    lockParents(
      client,
      tables.flatMap(({ relations: { clean, raw } }) => [clean, raw]),
    ),
    ...tables.map(async ({ table: { table, changes }, relations: { raw }, quarantined }) => {
      if (!changes) return;
      const { rows } = await client.query<{ count: string }>(
        `select count(*) from ${raw.name} where project = $1 and batch = $2`,
        [source, id],
      );
      const count = Number(rows[0]!.count);
      const expected = changes.rowCount - (quarantined?.ofBatch ?? 0);
      if (count !== expected) throw lost(table, count, expected);
    }),
  ]);
  for (const { table, relations } of tables) {
    if (!table.keys) continue;
    const count = await countKeys(client, relations.keys, id);
    if (count !== table.keys.rowCount) throw lost(table.table, count, table.keys.rowCount);
  }
}
