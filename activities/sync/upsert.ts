import { join } from 'node:path';
import type { Client } from 'pg';
import type { Batch, Landed, Unreconciled } from '../../model/batch.ts';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';
import { recordLanding } from '../metrics.ts';
import { landTables } from './land-tables.ts';
import { tryOut, withoutRefused } from './refused-rows.ts';
import type { BatchFolder } from './staging/folder.ts';
import { batchFolder, removeBatchFolder } from './staging/folder.ts';
import { readManifest } from './staging/manifest.ts';
import { passFence } from './warehouse/fence.ts';
import { waitForPlanners } from './warehouse/landing/leaf.ts';
import { recordedOutcome } from './warehouse/landing/ledger.ts';
import { quarantineRows, removeQuarantined } from './warehouse/landing/quarantine.ts';
import { recordLanded } from './warehouse/landing/record-landed.ts';
import { readRelations } from './warehouse/relations.ts';
import { inTransaction, rollBack } from './warehouse/transaction.ts';

/**
 * raw → clean. Lands a whole batch in one transaction: rows, deletes, position and ledger, or nothing at all. When the row
 * count of a table would then differ from the snapshot's, nothing is landed and the result names the tables whose keys are
 * needed. Run again after its own commit, it returns the same result and changes nothing.
 */
export function createUpsert(environment: Environment) {
  return defineActivity(environment, upsert);
}

async function upsert(attempt: Attempt, batch: Batch): Promise<Landed | Unreconciled> {
  const { source } = batch;
  const folder = batchFolder(attempt.config.staging, source, batch.id);
  const outcome = await attempt.onWarehouse(source, (client) =>
    withoutRefused(
      () => inTransaction(client, attempt.timeouts, () => landOnce(client, attempt, batch, folder)),
      (table) => quarantineRefused(client, attempt, batch, folder, table),
    ),
  );
  await removeBatchFolder(folder);
  return recordLanding(source, outcome);
}

async function landOnce(
  client: Client,
  attempt: Attempt,
  batch: Batch,
  folder: BatchFolder,
): Promise<Landed | Unreconciled> {
  // The fence comes before the manifest, because the files of a landed batch are gone.
  if ((await passFence(client, batch)) === 'landed') return recordedOutcome(client, batch.source, batch.id);
  const manifest = await readManifest(folder, batch);
  const tables = await landTables(client, manifest, attempt);
  if (tables.status === 'unreconciled') return rollBack(tables);
  const landed = await recordLanded(client, manifest, tables);
  await waitForPlanners(client, tables.filled, attempt.timeouts.newLeafMs);
  return landed;
}

/**
 * Moves the rows of a table that clean refuses from raw to quarantine. Returns false when there are none to be found: the
 * rows next to them, a trigger or an index are at fault.
 */
async function quarantineRefused(
  client: Client,
  { timeouts }: Attempt,
  batch: Batch,
  folder: BatchFolder,
  name: string | undefined,
): Promise<boolean> {
  const manifest = await readManifest(folder, batch);
  const table = manifest.tables.find((each) => each.table === name);
  if (!table?.changes) return false;
  const rows = await tryOut(client, timeouts, batch.source, {
    path: join(folder.path, table.changes.name),
    columns: table.shape.columns.map((column) => column.name),
    key: table.shape.key,
    relation: { schema: 'clean', table: table.table },
  });
  if (!rows) return false;
  await inTransaction(client, timeouts, async () => {
    if ((await passFence(client, batch)) === 'landed') return;
    const relationOf = await readRelations(client, batch.source, 'raw', [table.table]);
    const raw = relationOf(table.table);
    await quarantineRows(client, batch, table, raw, rows);
    await removeQuarantined(client, batch, table, raw);
  });
  return true;
}
