import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { BatchReference, Manifest, StagedFile, TableBatch } from '../../model/batch.ts';
import type { Attempt } from '../activity.ts';
import { codeOf, namingTable } from '../postgres/errors.ts';
import { pipelined } from '../postgres/pipeline.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { batchLost } from './batch-lost.ts';
import { recordsExcept } from './refused-rows.ts';
import type { RowMeter } from './row-meter.ts';
import { rowMeter } from './row-meter.ts';
import type { BatchFolder } from './staging/folder.ts';
import { verifyStaged } from './staging/verify-file.ts';
import { createKeysTable, keysTable } from './warehouse/landing/keys-table.ts';
import { copyIn } from './warehouse/landing/landing-statements.ts';
import type { RefusedRow } from './warehouse/landing/quarantine.ts';
import { markLoading } from './warehouse/loading.ts';
import type { Relation } from './warehouse/relations.ts';
import { lockParents, readRelations } from './warehouse/relations.ts';

/** A staged file to copy. */
export interface Load {
  readonly table: TableBatch;
  readonly kind: 'changes' | 'keys';
  readonly file: StagedFile;
  readonly path: string;
  readonly columns: readonly string[];
}

/** The files of a batch that are to be copied, each compared with its manifest. */
export async function verifyFiles(folder: BatchFolder, manifest: Manifest): Promise<Load[]> {
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

/** By table, the refused rows that are not copied. */
export type Refused = ReadonlyMap<string, readonly RefusedRow[]>;

/**
 * Copies files into raw, within the caller's transaction, where they stand next to the source's older rows until `removeOthers`.
 * Returns the relations of raw that rows were copied into, by table. A transaction that `isShort` may truncate large ones, which
 * nobody can read until it ends.
 */
export async function copyFiles(
  client: Client,
  manifest: Manifest,
  loads: readonly Load[],
  refused: Refused,
  { report, timeouts }: Attempt,
  { isShort }: { readonly isShort: boolean },
): Promise<ReadonlyMap<string, Relation>> {
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
  const relations = new Map(changed.map((table) => [table, relationOf(table)]));
  const [, large] = await pipelined(client, () => [
    lockParents(client, [...relations.values()]),
    largeLeaves(client, isShort ? [...relations.values()] : []),
  ]);
  const meter = rowMeter(report, { of: loads.reduce((sum, { file }) => sum + file.rowCount, 0) });
  const loading: Loading = { client, manifest, relations, large, timeouts, meter };
  for (const load of loads) {
    const { table } = load.table;
    meter.begin(table);
    await copyLoad(loading, load, refused.get(table) ?? []).catch(namingTable(table));
  }
  return relations;
}

/** Where the files go: the relations of raw, and those of them that are large. */
interface Loading {
  readonly client: Client;
  readonly manifest: Manifest;
  readonly relations: ReadonlyMap<string, Relation>;
  readonly large: ReadonlySet<string>;
  readonly timeouts: Timeouts;
  readonly meter: RowMeter;
}

async function copyLoad(loading: Loading, load: Load, refused: readonly RefusedRow[]): Promise<void> {
  const { client, manifest, relations, large, timeouts } = loading;
  const { kind, table } = load;
  if (kind === 'keys') {
    await createKeysTable(client, manifest, table);
    await copyFile(loading, load, [], keysTable(table.table, manifest.source));
    return;
  }
  const into = relations.get(table.table)!;
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
 * attempt at this one left. Not within a savepoint, behind which rows have the id of a subtransaction.
 */
export async function removeOthers(client: Client, source: string, raw: Relation): Promise<void> {
  await client.query(`delete from ${raw.name} where project = $1 and xmin <> pg_current_xact_id()::xid`, [
    source,
  ]);
}

/** Deletes what raw holds of the source of a batch except the rows of this batch. */
export async function removeOtherBatches(
  client: Client,
  { source, id }: BatchReference,
  raw: Relation,
): Promise<void> {
  await client.query(`delete from ${raw.name} where project = $1 and batch <> $2`, [source, id]);
}
