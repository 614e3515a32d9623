import type { Batch, Landed, TableOutcome, Unreconciled } from '../../model/batch.ts';
import type { ConfigReader } from '../../model/config.ts';
import { withConnection } from '../postgres/connection.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { recordLanding } from '../metrics.ts';
import { readConfig, warehouseEndpoint } from '../postgres/endpoints.ts';
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
export function createUpsert(reader: ConfigReader, timeouts: Timeouts) {
  return (batch: Batch): Promise<Landed | Unreconciled> =>
    withHeartbeat({ table: '' }, async (report, signal) => {
      const config = await readConfig(reader);
      const folder = batchFolder(config.staging, batch.source, batch.id);
      const warehouse = await warehouseEndpoint(reader, config, batch.source);
      const answer = await withConnection(warehouse, timeouts, signal, async (client) => {
        const last = await readPosition(client, batch.source);
        if (last.batchId === batch.id) return recordedOutcome(client, batch.source, batch.id);
        const manifest = await readManifest(folder, batch);
        return inTransaction<Landed | Unreconciled>(client, timeouts, async () => {
          if ((await passFence(client, manifest)) === 'landed')
            return recordedOutcome(client, batch.source, batch.id);
          const position = await readPosition(client, batch.source);
          const unreconciled: string[] = [];
          const outcomes: Record<string, TableOutcome> = {};
          for (const table of manifest.tables) {
            report({ table: table.table });
            const landing = await landTable(client, manifest, table, position.tables[table.table]);
            const { inserted, updated, deleted, rows } = landing;
            if (!landing.reconciled) unreconciled.push(table.table);
            const extracted = table.changes?.rowCount ?? 0;
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
          if (unreconciled.length > 0)
            rollBack({ status: 'unreconciled', tables: unreconciled } satisfies Unreconciled);
          await moveSource(client, manifest);
          if (batch.idle) return recordedOutcome(client, batch.source, batch.id);
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
