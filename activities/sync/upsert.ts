import { join } from 'node:path';
import type { Client } from 'pg';
import type { Batch, Landed, Manifest, TableBatch, TableOutcome, Unreconciled } from '../../model/batch.ts';
import { isTouched, strategyOf } from '../../model/batch.ts';
import { droppedColumns } from '../../model/dropped-columns.ts';
import { remembersSame } from '../../model/position.ts';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';
import { recordLanding } from '../metrics.ts';
import { namingTable } from '../postgres/errors.ts';
import { pipelined } from '../postgres/pipeline.ts';
import { renamedMeanwhile } from './batch-lost.ts';
import { tryOut, withoutRefused } from './refused-rows.ts';
import { rowMeter } from './row-meter.ts';
import type { BatchFolder } from './staging/folder.ts';
import { batchFolder, removeBatchFolder } from './staging/folder.ts';
import { readManifest } from './staging/manifest.ts';
import { compareColumns } from './warehouse/align/table-columns.ts';
import { passFence } from './warehouse/fence.ts';
import { checkRaw } from './warehouse/landing/check-raw.ts';
import { keysTable } from './warehouse/landing/keys-table.ts';
import { landNothing, landTable } from './warehouse/landing/land-table.ts';
import { waitForPlanners } from './warehouse/landing/leaf.ts';
import { recordedOutcome } from './warehouse/landing/ledger.ts';
import { quarantineRows, readQuarantine, removeQuarantined } from './warehouse/landing/quarantine.ts';
import { recordLanded } from './warehouse/landing/record-landed.ts';
import type { TableLanding, TableToLand } from './warehouse/landing/table-landing.ts';
import type { TableMove } from './warehouse/move-position.ts';
import { readPosition } from './warehouse/position.ts';
import { metricsTables } from './warehouse/refresh-statements.ts';
import { readRelations } from './warehouse/relations.ts';
import { hasSessionAnalytics } from './warehouse/session-analytics.ts';
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
  return landBatch(client, await readManifest(folder, batch), attempt);
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

async function landBatch(
  client: Client,
  manifest: Manifest,
  { config, report, timeouts }: Attempt,
): Promise<Landed> {
  const { snapshot, tables } = manifest;
  const { position, analytics, quarantine, toLand } = await readTargets(client, manifest);
  await checkRaw(client, manifest, [...toLand.values()]);
  const unreconciled: string[] = [];
  const outcomes = new Map<string, TableOutcome>();
  const moves: TableMove[] = [];
  const meter = rowMeter(report, {
    of: tables.reduce((sum, { changes }) => sum + (changes?.rowCount ?? 0), 0),
  });
  for (const table of tables) {
    const { table: name, shape } = table;
    meter.begin(name);
    const input = toLand.get(name);
    const landing = input
      ? await landTable(client, manifest, {
          ...input,
          maxDeletes: table.maxDeletes ?? config.maxDeletes,
        }).catch(namingTable(name))
      : landNothing(table, position.tables.get(name)!, quarantine.get(name)?.missing);
    meter.passed(table.changes?.rowCount ?? 0);
    if (!landing.reconciled) unreconciled.push(name);
    outcomes.set(name, outcomeOf(table, landing));
    const known = position.tables.get(name);
    // A column that clean has no more was renamed there, or dropped by an analyst.
    const dropped = droppedColumns(known, shape, snapshot.takenAt).filter(
      ({ name: column }) => input?.vanished.includes(column) ?? true,
    );
    // A table whose new key waits is read whole again until it lands: its position keeps the key until now.
    const { keyUntilNow: key = shape.key } = landing;
    if (input ?? known?.behind ?? (known && !remembersSame(known.shape, shape)))
      moves.push({ table: name, shape: { ...shape, key }, dropped, whole: table.whole, ...landing });
  }
  if (unreconciled.length > 0) rollBack(unreconciledTables(tables, unreconciled));
  const landed = await recordLanded(client, manifest, { position, moves, outcomes, analytics });
  const filled = [...toLand.values()].map(({ relations: { clean } }) => clean);
  await waitForPlanners(client, filled, timeouts.newLeafMs);
  return landed;
}

function unreconciledTables(tables: readonly TableBatch[], names: readonly string[]): Unreconciled {
  const ranges = tables.flatMap(({ table, keyRanges }) =>
    keyRanges && names.includes(table) ? [table] : [],
  );
  return {
    ...{ status: 'unreconciled', tables: names },
    ...(ranges.length > 0 && { comparedInRanges: ranges }),
  };
}

/** The position, and where the tables land that the batch has rows or keys of. */
async function readTargets(client: Client, manifest: Manifest) {
  const { source } = manifest;
  const tables = manifest.tables.filter(isTouched);
  const names = tables.map(({ table }) => table);
  const [position, quarantine, analytics, clean, raw, columns] = await pipelined(client, () => [
    readPosition(client, source),
    readQuarantine(client, manifest),
    hasSessionAnalytics(client),
    readRelations(client, source, 'clean', names),
    readRelations(client, source, 'raw', names),
    compareColumns(client, tables),
  ]);
  for (const [table, { missing }] of columns)
    if (missing.length > 0) throw renamedMeanwhile(source, table, missing);
  const toLand = tables.map((table): [string, TableToLand] => [
    table.table,
    {
      table,
      relations: {
        clean: clean(table.table),
        raw: raw(table.table),
        keys: keysTable(table.table, source),
      },
      position: position.tables.get(table.table),
      vanished: columns.get(table.table)!.vanished,
      quarantined: quarantine.get(table.table),
      analysed: analytics && metricsTables.includes(table.table),
    },
  ]);
  return { position, analytics, quarantine, toLand: new Map(toLand) };
}

function outcomeOf(
  { changes, shape }: TableBatch,
  { inserted, updated, deleted, rows }: TableLanding,
): TableOutcome {
  const extracted = changes?.rowCount ?? 0;
  const unchanged = extracted - inserted - updated;
  return { strategy: strategyOf(shape), extracted, inserted, updated, unchanged, deleted, rows };
}
