import type { Client } from 'pg';
import type { Batch, Manifest } from '../../model/batch.ts';
import { isTouched } from '../../model/batch.ts';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';
import { pipelined } from '../postgres/pipeline.ts';
import type { Load, Refused } from './load-files.ts';
import { copyFiles, removeOthers, verifyFiles } from './load-files.ts';
import type { RefusedFile } from './refused-rows.ts';
import { tryOut, withoutRefused } from './refused-rows.ts';
import { batchFolder } from './staging/folder.ts';
import { readManifest } from './staging/manifest.ts';
import { prepareTables } from './warehouse/align/prepare-tables.ts';
import { passFence } from './warehouse/fence.ts';
import type { RefusedRow } from './warehouse/landing/quarantine.ts';
import { quarantineRows } from './warehouse/landing/quarantine.ts';
import { inTransaction, rollBack } from './warehouse/transaction.ts';

/**
 * staging → raw. Checks every file of the batch against its manifest and copies it into raw, in place of the source's
 * older batches. The fence is passed again at the end, so a frozen loader blocks nobody and a late one changes nothing.
 */
export function createLoadRaw(environment: Environment) {
  return defineActivity(environment, loadRaw);
}

async function loadRaw(attempt: Attempt, batch: Batch): Promise<void> {
  const folder = batchFolder(attempt.config.staging, batch.source, batch.id);
  const manifest = await readManifest(folder, batch);
  const files = await verifyFiles(folder, manifest);
  await attempt.onWarehouse(batch.source, async (client) => {
    const { timeouts } = attempt;
    const touched = manifest.tables.filter(isTouched);
    if ((await prepareTables(client, timeouts, manifest, touched)) === 'landed') return;
    await copyAll(client, manifest, files, attempt);
  });
}

/** Copies the files; when a table refuses some rows of its own, without those, which go to quarantine. */
async function copyAll(
  client: Client,
  manifest: Manifest,
  files: readonly Load[],
  attempt: Attempt,
): Promise<void> {
  const { timeouts } = attempt;
  const refused = new Map<string, readonly RefusedRow[]>();
  await withoutRefused(
    () => inTransaction(client, timeouts, () => replaceRaw(client, manifest, files, refused, attempt)),
    async (name) => {
      const load = files.find(({ kind, table }) => kind === 'changes' && table.table === name);
      const rows = load && (await tryOut(client, timeouts, manifest.source, refusedFile(load)));
      if (load && rows) refused.set(load.table.table, rows);
      return rows !== undefined;
    },
  );
}

function refusedFile({ table: { table, shape }, path, columns }: Load): RefusedFile {
  return { path, columns, key: shape.key, relation: { schema: 'raw', table } };
}

/** Puts the files in place of what raw had of the source. */
async function replaceRaw(
  client: Client,
  manifest: Manifest,
  files: readonly Load[],
  refused: Refused,
  attempt: Attempt,
): Promise<void> {
  const relations = await copyFiles(client, manifest, files, refused, attempt, { isShort: true });
  if ((await passFence(client, manifest)) === 'landed') rollBack(undefined);
  for (const { kind, table } of files) {
    const rows = kind === 'changes' && refused.get(table.table);
    if (rows) await quarantineRows(client, manifest, table, relations.get(table.table)!, rows);
  }
  await pipelined(client, () =>
    [...relations.values()].map((relation) => removeOthers(client, manifest.source, relation)),
  );
}
