import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Batch, Manifest, StagedFile } from '../../model/batch.ts';
import type { ConfigReader } from '../../model/config.ts';
import { qualified } from '../../model/identifier.ts';
import { withConnection } from '../postgres/connection.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { readConfig, warehouseEndpoint } from '../postgres/endpoints.ts';
import { batchLost } from './staging/errors.ts';
import { batchFolder } from './staging/folder.ts';
import { readManifest } from './staging/manifest.ts';
import { verifyStaged } from './staging/verify-file.ts';
import { alignTables } from './warehouse/align.ts';
import { endEarlierLoads, markLoading } from './warehouse/loading.ts';
import { passFence } from './warehouse/position.ts';
import { copyIn, keysTable } from './warehouse/statements.ts';
import { inTransaction, rollBack } from './warehouse/transaction.ts';

/**
 * staging → raw. Checks every file of the batch against its manifest and copies it into raw, in place of the source's
 * older batches. The fence is passed last: a frozen loader then holds nobody up, and a late one changes nothing.
 */
export function createLoadRaw(reader: ConfigReader, timeouts: Timeouts) {
  return (batch: Batch): Promise<void> =>
    withHeartbeat({ table: '' }, async (report, signal) => {
      const config = await readConfig(reader);
      const folder = batchFolder(config.staging, batch.source, batch.id);
      const manifest = await readManifest(folder, batch);
      const files = stagedFiles(manifest);
      const paths = new Map<StagedFile, string>();
      for (const { table, file, columns } of files)
        paths.set(file, await verifyStaged(batch.source, table, folder, file, columns));

      await withConnection(
        await warehouseEndpoint(reader, config, batch.source),
        timeouts,
        signal,
        async (client) => {
          const landed = await inTransaction(client, timeouts, async () => {
            if ((await passFence(client, manifest)) === 'landed') return true;
            await endEarlierLoads(client, batch.source);
            await alignTables(client, batch.source, manifest.tables);
            return false;
          });
          if (landed) return;
          await inTransaction(client, timeouts, async () => {
            await client.query(
              `select set_config('tidehouse.project', $1, true), set_config('tidehouse.batch', $2, true)`,
              [batch.source, batch.id],
            );
            await markLoading(client, batch.source);
            for (const { table, file, columns } of files) {
              report({ table });
              const rows = await copyFile(client, table, paths.get(file)!, columns);
              if (rows !== file.rowCount)
                throw batchLost(
                  batch.source,
                  `table "${table}": the staged file ${file.name} holds ${rows} rows instead of ${file.rowCount}`,
                );
            }
            if ((await passFence(client, manifest)) === 'landed') rollBack(undefined);
            for (const { table } of files) await removeOthers(client, manifest, table);
          });
        },
      );
    });
}

interface Loading {
  readonly table: string;
  readonly file: StagedFile;
  readonly columns: readonly string[];
}

function stagedFiles(manifest: Manifest): Loading[] {
  return manifest.tables.flatMap(({ table, shape, changes, keys }): Loading[] => [
    ...(changes ? [{ table, file: changes, columns: shape.columns.map(({ name }) => name) }] : []),
    ...(keys ? [{ table: keysTable(table), file: keys, columns: shape.key }] : []),
  ]);
}

/**
 * Deletes what raw holds of this source beside the rows that this transaction brought: older batches, and what another
 * attempt at this one left. Never truncates, which would wait for every reader.
 */
async function removeOthers(client: Client, { source }: Manifest, table: string): Promise<void> {
  await client.query(
    `delete from ${qualified('raw', table)} where project = $1 and xmin <> pg_current_xact_id()::xid`,
    [source],
  );
}

async function copyFile(
  client: Client,
  table: string,
  path: string,
  columns: readonly string[],
): Promise<number> {
  const stream = client.query(copyFrom(copyIn(table, columns)));
  await pipeline(createReadStream(path, { highWaterMark: 1 << 18 }), stream);
  return stream.rowCount;
}
