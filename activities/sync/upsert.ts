import type { Batch, Landed, TableOutcome, Unbalanced } from '../../model/batch.ts';
import type { ConfigReader } from '../../model/config.ts';
import { withConnection } from '../postgres/connection.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Limits } from '../postgres/timeouts.ts';
import { recordLanding } from '../metrics.ts';
import { readConfig, warehousePeer } from '../postgres/endpoints.ts';
import { batchFolder, removeBatchFolder } from './staging/folder.ts';
import { readManifest } from './staging/manifest.ts';
import { landTable } from './warehouse/land-table.ts';
import { recordBatch, recordedOutcome } from './warehouse/ledger.ts';
import { forgetOtherTables, moveSource, moveTable, passFence, readPosition } from './warehouse/position.ts';
import { inTransaction, rollBack } from './warehouse/transaction.ts';

/**
 * raw → clean. Lands a whole batch in one transaction: rows, deletes, position and ledger, or nothing at all. When a
 * table would then hold another number of rows than the snapshot counted, nothing is landed and the answer names the
 * tables whose keys are needed. Asked again after its own commit, it gives the same answer and changes nothing.
 */
export function createUpsert(reader: ConfigReader, limits: Limits) {
  return (batch: Batch): Promise<Landed | Unbalanced> =>
    withHeartbeat({ table: '' }, async (report, signal) => {
      const config = await readConfig(reader);
      const folder = batchFolder(config.staging, batch.source, batch.batch);
      const warehouse = await warehousePeer(reader, config, batch.source);
      const answer = await withConnection(warehouse, limits, signal, async (client) => {
        const last = await readPosition(client, batch.source);
        if (last.batch === batch.batch) return recordedOutcome(client, batch.source, batch.batch);
        const manifest = await readManifest(folder, batch);
        return inTransaction<Landed | Unbalanced>(client, limits, async () => {
          if ((await passFence(client, manifest)) === 'landed')
            return recordedOutcome(client, batch.source, batch.batch);
          const position = await readPosition(client, batch.source);
          const unbalanced: string[] = [];
          const outcomes: Record<string, TableOutcome> = {};
          for (const table of manifest.tables) {
            report({ table: table.table });
            const landing = await landTable(client, manifest, table, position.tables[table.table]);
            const { inserted, updated, deleted, rows } = landing;
            if (!landing.balanced) unbalanced.push(table.table);
            const extracted = table.rows?.rows ?? 0;
            const unchanged = extracted - inserted - updated;
            outcomes[table.table] = {
              strategy: 'sweep',
              extracted,
              inserted,
              updated,
              unchanged,
              deleted,
              rows,
            };
            await moveTable(client, batch.source, table, {
              ...landing,
              changed: inserted + updated + deleted > 0,
            });
          }
          if (unbalanced.length > 0)
            rollBack({ status: 'unbalanced', tables: unbalanced } satisfies Unbalanced);
          await moveSource(client, manifest);
          if (batch.idle) return recordedOutcome(client, batch.source, batch.batch);
          await forgetOtherTables(client, manifest);
          await recordBatch(client, manifest, outcomes);
          return { status: 'landed', completeThrough: manifest.snapshot.takenAt, tables: outcomes };
        });
      });
      await removeBatchFolder(folder);
      recordLanding(batch.source, answer);
      return answer;
    });
}
