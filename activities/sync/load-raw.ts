import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Batch, Manifest, StagedFile, TableBatch } from '../../model/batch.ts';
import { isTouched } from '../../model/batch.ts';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';
import { codeOf, namingTable } from '../postgres/errors.ts';
import { pipelined } from '../postgres/pipeline.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { batchLost } from './batch-lost.ts';
import type { RefusedFile } from './refused-rows.ts';
import { recordsExcept, tryOut, withoutRefused } from './refused-rows.ts';
import type { RowMeter } from './row-meter.ts';
import { rowMeter } from './row-meter.ts';
import type { BatchFolder } from './staging/folder.ts';
import { batchFolder } from './staging/folder.ts';
import { readManifest } from './staging/manifest.ts';
import { verifyStaged } from './staging/verify-file.ts';
import { prepareTables } from './warehouse/align/prepare-tables.ts';
import { passFence } from './warehouse/fence.ts';
import { createKeysTable, keysTable } from './warehouse/landing/keys-table.ts';
import { copyIn } from './warehouse/landing/landing-statements.ts';
import type { RefusedRow } from './warehouse/landing/quarantine.ts';
import { quarantineRows } from './warehouse/landing/quarantine.ts';
import { markLoading } from './warehouse/loading.ts';
import type { Relation } from './warehouse/relations.ts';
import { lockParents, readRelations } from './warehouse/relations.ts';
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
    () => inTransaction(client, timeouts, () => copyFiles(client, manifest, files, refused, attempt)),
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

/** A staged file to copy. */
interface Load {
  readonly table: TableBatch;
  readonly kind: 'changes' | 'keys';
  readonly file: StagedFile;
  readonly path: string;
  readonly columns: readonly string[];
}

async function verifyFiles(folder: BatchFolder, manifest: Manifest): Promise<Load[]> {
  const loads: Load[] = [];
  for (const table of manifest.tables) {
    const { changes, keys, shape } = table;
    const verify = async (kind: Load['kind'], file: StagedFile, columns: readonly string[]) => {
      const path = await verifyStaged(folder, table.table, file, columns);
      loads.push({ table, kind, file, path, columns });
    };
    if (changes)
      await verify(
        'changes',
        changes,
        shape.columns.map(({ name }) => name),
      );
    if (keys) await verify('keys', keys, shape.key);
  }
  return loads;
}

async function copyFiles(
  client: Client,
  manifest: Manifest,
  loads: readonly Load[],
  refused: ReadonlyMap<string, readonly RefusedRow[]>,
  { report, timeouts }: Attempt,
): Promise<void> {
  const { source, id } = manifest;
  const changed = loads.flatMap(({ kind, table: { table } }) => (kind === 'changes' ? [table] : []));
  const [, relationOf] = await pipelined(client, () => [
    markLoading(client, source),
    readRelations(client, source, 'raw', changed),
    client.query(
      `select set_config('tidehouse.project', $1, true), set_config('tidehouse.batch', $2, true)`,
      [source, id],
    ),
  ]);
  const relations = changed.map(relationOf);
  const [, large] = await pipelined(client, () => [
    lockParents(client, relations),
    largeLeaves(client, relations),
  ]);
  const meter = rowMeter(report, { of: loads.reduce((sum, { file }) => sum + file.rowCount, 0) });
  const loading: Loading = { client, manifest, relationOf, large, timeouts, meter };
  for (const load of loads) {
    const { table } = load.table;
    meter.begin(table);
    await copyLoad(loading, load, refused.get(table) ?? []).catch(namingTable(table));
  }
  if ((await passFence(client, manifest)) === 'landed') rollBack(undefined);
  for (const { kind, table } of loads) {
    const rows = kind === 'changes' && refused.get(table.table);
    if (rows) await quarantineRows(client, manifest, table, relationOf(table.table), rows);
  }
  await pipelined(client, () => relations.map((relation) => removeOthers(client, source, relation)));
}

/** Where the files go: the relations of raw, and those of them that are large. */
interface Loading {
  readonly client: Client;
  readonly manifest: Manifest;
  readonly relationOf: (table: string) => Relation;
  readonly large: ReadonlySet<string>;
  readonly timeouts: Timeouts;
  readonly meter: RowMeter;
}

async function copyLoad(loading: Loading, load: Load, refused: readonly RefusedRow[]): Promise<void> {
  const { client, manifest, relationOf, large, timeouts } = loading;
  const { kind, table } = load;
  if (kind === 'keys') {
    await createKeysTable(client, manifest, table);
    await copyFile(loading, load, [], keysTable(table.table, manifest.source));
    return;
  }
  const into = relationOf(table.table);
  if (large.has(into.name)) await truncateUnlessRead(client, into, timeouts);
  await copyFile(loading, load, refused, into.name);
}

/** A larger leaf is truncated instead of deleted row by row, unless somebody reads it. */
const truncateFromBytes = 8 * 2 ** 20;

/** Those of the relations that are leaves and large. A flat table, which holds the rows of others, is never truncated. */
async function largeLeaves(client: Client, relations: readonly Relation[]): Promise<ReadonlySet<string>> {
  const leaves = relations.flatMap(({ name, parent }) => (parent === undefined ? [] : [name]));
  const { rows } = await client.query<{ name: string }>(
    'select name from unnest($1::text[]) name where pg_relation_size(name::regclass) >= $2',
    [leaves, truncateFromBytes],
  );
  return new Set(rows.map(({ name }) => name));
}

/** Empties a leaf of raw before it is loaded. What a late attempt empties comes back: it does not pass the fence. */
async function truncateUnlessRead(client: Client, raw: Relation, timeouts: Timeouts): Promise<void> {
  await client.query(`savepoint truncating; set local lock_timeout = '200ms'`);
  try {
    await client.query(`truncate ${raw.name}; set local lock_timeout = ${timeouts.warehouseLockMs}`);
  } catch (error) {
    if (codeOf(error) !== '55P03') throw error;
    await client.query('rollback to savepoint truncating');
  }
  await client.query('release savepoint truncating');
}

async function copyFile(
  { client, manifest, meter }: Loading,
  { file, path, columns, table: { table } }: Load,
  refused: readonly RefusedRow[],
  into: string,
) {
  const stream = client.query(copyFrom(copyIn(into, columns)));
  const lines = new Set(refused.map(({ line }) => line));
  await pipeline(lines.size === 0 ? metered(path, file, meter) : recordsExcept(path, lines), stream);
  const expected = file.rowCount - lines.size;
  if (stream.rowCount !== expected)
    throw batchLost(
      manifest.source,
      `the staged file ${file.name} has ${stream.rowCount} rows instead of ${expected}`,
      table,
    );
}

/** A staged file, whose rows are counted by its bytes. */
function metered(path: string, { rowCount, bytes }: StagedFile, meter: RowMeter): Readable {
  const stream = createReadStream(path, { highWaterMark: 1 << 18 });
  return stream.on('data', () => meter.passed((rowCount * stream.bytesRead) / bytes));
}

/**
 * Deletes what raw holds of this source except the rows that this transaction brought: older batches, and what another
 * attempt at this one left.
 */
async function removeOthers(client: Client, source: string, raw: Relation): Promise<void> {
  await client.query(`delete from ${raw.name} where project = $1 and xmin <> pg_current_xact_id()::xid`, [
    source,
  ]);
}
