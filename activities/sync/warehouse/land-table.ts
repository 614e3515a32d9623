import type { Client } from 'pg';
import type { Manifest, TableBatch, TableShape } from '../../../model/batch.ts';
import { strategyOf } from '../../../model/batch.ts';
import { identList, quoteIdent } from '../../../model/identifier.ts';
import type { TablePosition } from '../../../model/position.ts';
import { pipelined } from '../../postgres/pipeline.ts';
import { batchLost } from '../batch-lost.ts';
import { noteProject } from './notes.ts';
import type { Quarantined } from './quarantine.ts';
import { countMissing, releaseRows } from './quarantine.ts';
import type { Relation } from './relations.ts';
import { lockParents } from './relations.ts';
import type { Landing } from './statements.ts';
import { amongKeys, countKeys } from './keys-table.ts';
import { amongRaw, countPresent, deleteAbsent, insertAll, replaceRows, upsert } from './statements.ts';

/** The effect of landing on a table, and whether its row counts reconcile. */
export interface TableLanding {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** The row count in clean afterwards, without the rows that are marked as deleted, or kept although the source has deleted them. */
  readonly rows: number;
  /** How many of `rows` the source no longer has: too many to delete at once. */
  readonly heldDeletes: number;
  /** Whether the batch had all rows or all keys. */
  readonly showsDeletes: boolean;
  /** The snapshot's row count minus `rows`, the held deletes apart. */
  readonly difference: number;
  readonly reconciled: boolean;
}

/** One table of a batch, where it lands, and how far it was. */
export interface TableToLand {
  readonly table: TableBatch;
  readonly relations: Landing;
  readonly position: TablePosition | undefined;
  /** The columns of clean that the source no longer has. */
  readonly vanished: readonly string[];
  /** Its rows in quarantine; undefined when there are none. */
  readonly quarantined: Quarantined | undefined;
  /** Whether the session analytics are computed from it. */
  readonly analysed: boolean;
  /** The share of its rows that the landing may delete, where the config says so. */
  readonly maxDeletes?: number | undefined;
}

/** The share of a table's rows that one landing may delete, and the size from which it is asked about. */
const usualMaxDeletes = 0.3;
const limitedFromRows = 1_000;

/**
 * Lands one table of a batch in clean, within the caller's transaction: inserts and updates from raw, deletes the rows that
 * the snapshot no longer has if the batch shows them (it has all rows, or all keys), and compares the row counts. A batch
 * that shows deletes counts clean and lands in any case: the remaining difference becomes the table's difference. When it would
 * delete too many rows, it deletes none of them, and they wait to be accepted.
 */
export async function landTable(
  client: Client,
  manifest: Manifest,
  input: TableToLand,
): Promise<TableLanding> {
  const { table, relations, position, quarantined } = input;
  if (!quarantined) return landRows(client, manifest, input);
  await releaseRows(client, manifest, table, relations);
  const landing = await landRows(client, manifest, input);
  const difference = landing.difference - (await countMissing(client, manifest.source, table, relations));
  const reconciled = landing.showsDeletes || difference === (position?.difference ?? 0);
  return { ...landing, difference, reconciled };
}

async function landRows(client: Client, manifest: Manifest, input: TableToLand): Promise<TableLanding> {
  const { table, relations } = input;
  if (table.whole) await emptyLeftOut(client, manifest, input);
  if (strategyOf(table.shape) === 'copy') return landCopy(client, manifest, input);
  if (!relations.clean.parent || !table.whole || hasKey(relations.clean, table.shape.key))
    return mergeTable(client, manifest, input);
  const [known] = relations.clean.keys;
  if (table.shape.deletes === undefined || known === undefined) return fillLeaf(client, manifest, input);
  return mergeAndReplaceKey(client, manifest, input, known);
}

/**
 * Lands a table with another key next to rows that the source no longer has: by the key until now where the table still has its
 * columns, because the new one may be of values that have just been written.
 */
async function mergeAndReplaceKey(
  client: Client,
  manifest: Manifest,
  input: TableToLand,
  known: readonly string[],
): Promise<TableLanding> {
  const { table, relations } = input;
  const { columns, key } = table.shape;
  if (!known.every((name) => columns.some((column) => column.name === name))) {
    await replaceKey(client, relations.clean, key);
    return mergeTable(client, manifest, input);
  }
  const byKnown = { ...input, table: { ...table, shape: { ...table.shape, key: known } } };
  const landing = await mergeTable(client, manifest, byKnown);
  await replaceKey(client, relations.clean, key);
  return landing;
}

async function mergeTable(client: Client, manifest: Manifest, input: TableToLand): Promise<TableLanding> {
  const { table, relations, position } = input;
  const { deletes } = table.shape;

  // The position knows what was landed, not what somebody did to clean since.
  const { source } = manifest;
  const showsDeletes = table.whole || table.keys !== undefined;
  const before =
    position && (!showsDeletes || deletes === 'keep')
      ? position.rows
      : await countClean(client, source, relations.clean, deletes);
  if (deletes === 'keep' && position?.shape.deletes === 'mark') await unmark(client, source, relations.clean);
  const { inserted, updated } = table.changes
    ? await upsertRows(client, manifest, input)
    : { inserted: 0, updated: 0 };
  const after = before + inserted;
  const landed = { inserted, updated, showsDeletes };
  if (!showsDeletes) {
    const heldDeletes = position?.heldDeletes ?? 0;
    const difference = table.count - after + heldDeletes;
    const reconciled = difference === (position?.difference ?? 0);
    return { ...landed, deleted: 0, rows: after, heldDeletes, difference, reconciled };
  }

  const surplus = after - table.count;
  const holds = deletes !== 'keep' && isTooMany(surplus, before, input);
  const deleted = holds || deletes === 'keep' || before === 0 ? 0 : await deleteRows(client, manifest, input);
  const rows = deletes === 'keep' ? await countRows(client, manifest, input) : after - deleted;
  if (table.keys) await client.query(`drop table ${relations.keys}`);
  const heldDeletes = holds ? surplus : 0;
  return {
    ...landed,
    deleted,
    rows,
    heldDeletes,
    difference: table.count - rows + heldDeletes,
    reconciled: true,
  };
}

/** Whether somebody has to accept that `deletes` of the `rows` in clean are deleted. Never when the table lands for the first time. */
function isTooMany(
  deletes: number,
  rows: number,
  { position, maxDeletes = usualMaxDeletes }: TableToLand,
): boolean {
  if (!position || rows <= limitedFromRows) return false;
  return deletes > (position.acceptedDeletes ?? 0) + maxDeletes * rows;
}

/** Compares the row counts of a table of which the batch has nothing else; `missing` rows are in quarantine. */
export function landNothing(
  { count }: TableBatch,
  { rows, difference, heldDeletes = 0 }: TablePosition,
  missing = 0,
): TableLanding {
  const now = count - rows + heldDeletes - missing;
  const none = { inserted: 0, updated: 0, deleted: 0, showsDeletes: false };
  return { ...none, rows, heldDeletes, difference: now, reconciled: now === difference };
}

/** Removes what clean has of columns that the config has come to leave out; of those that the source dropped, values stay. */
async function emptyLeftOut(
  client: Client,
  { source }: Manifest,
  { table, relations, vanished }: TableToLand,
): Promise<void> {
  const leftOut = vanished.filter((name) => table.shape.leftOut?.includes(name)).map(quoteIdent);
  if (leftOut.length === 0) return;
  const filled = leftOut.map((name) => `${name} is not null`).join(' or ');
  await client.query(
    `update ${relations.clean.name} set ${leftOut.map((name) => `${name} = null`).join(', ')} where project = $1 and (${filled})`,
    [source],
  );
}

function hasKey({ keys }: Relation, wanted: readonly string[]): boolean {
  const sorted = (key: readonly string[]) => JSON.stringify([...key].sort());
  return keys.some((key) => sorted(key) === sorted(wanted));
}

/**
 * Lands a copied table: all rows of the batch replace the source's rows as a multiset, and a row that is in both stays
 * untouched. When too many rows were deleted, all of it waits: nothing shows which of the others are new.
 */
async function landCopy(client: Client, { source, id }: Manifest, input: TableToLand): Promise<TableLanding> {
  const { table, relations, analysed } = input;
  const { clean } = relations;
  if (clean.parent) await dropKeys(client, clean);
  if (clean.parent && analysed) await prepareLeaf(client, clean, table.table);
  const before = await countClean(client, source, clean);
  const surplus = before - table.count;
  if (isTooMany(surplus, before, input)) {
    const none = { inserted: 0, updated: 0, deleted: 0, rows: before, difference: 0 };
    return { ...none, heldDeletes: surplus, showsDeletes: true, reconciled: true };
  }
  const { rows: counts } = await client.query<Record<'inserted' | 'deleted', string>>(
    replaceRows(relations, table.shape),
    [source, id],
  );
  const [inserted, deleted] = [Number(counts[0]!.inserted), Number(counts[0]!.deleted)];
  if (before === 0) await client.query(`analyze ${clean.name}`);
  const rows = before + inserted - deleted;
  const landed = { inserted, updated: 0, deleted, rows, difference: table.count - rows };
  return { ...landed, heldDeletes: 0, showsDeletes: true, reconciled: true };
}

/** Gives a leaf the indexes and triggers that analytics needs, unless it has them. */
export async function prepareLeaf(client: Client, clean: Relation, table: string): Promise<void> {
  await client.query(
    'select analytics.prepare_leaf(oid, $2) from pg_class where oid = $1::regclass and not relhastriggers',
    [clean.name, table],
  );
}

/**
 * Fills a leaf with all rows of a table: rows first, indexes and triggers afterwards, which is several times faster. For a
 * bare leaf, and for one whose key has changed: its rows and indexes are replaced. All sessions of the source are noted at
 * once, because nothing noted them one by one.
 */
async function fillLeaf(
  client: Client,
  { source, id }: Manifest,
  { table, relations, analysed }: TableToLand,
): Promise<TableLanding> {
  const { clean } = relations;
  const deleted = await emptyLeaf(client, clean);
  const { rowCount } = await client.query(insertAll(relations, table.shape), [source, id]);
  const inserted = table.changes ? (rowCount ?? 0) : 0;
  await client.query(`set local maintenance_work_mem = '128MB'`);
  await client.query(`create unique index on ${clean.name} (${identList(table.shape.key)})`);
  if (analysed) await prepareLeaf(client, clean, table.table);
  await client.query(`analyze ${clean.name}`);
  if (analysed) await noteProject(client, source);
  return {
    inserted,
    updated: 0,
    deleted,
    rows: inserted,
    heldDeletes: 0,
    showsDeletes: true,
    difference: table.count - inserted,
    reconciled: true,
  };
}

/** Empties a leaf and drops its key, for another one. */
async function emptyLeaf(client: Client, clean: Relation): Promise<number> {
  const { rowCount } = await client.query(`delete from ${clean.name}`);
  await dropKeys(client, clean);
  return rowCount ?? 0;
}

/** Gives a leaf another key and leaves its rows: some of them may be ones that the source no longer has. */
async function replaceKey(client: Client, clean: Relation, key: readonly string[]): Promise<void> {
  await dropKeys(client, clean);
  await client.query(`create unique index on ${clean.name} (${identList(key)})`);
}

/** Drops the unique indexes of a leaf, but not those that are parts of an index of the partitioned table: that is an analyst's. */
async function dropKeys(client: Client, clean: Relation): Promise<void> {
  if (clean.keys.length === 0) return;
  const { rows } = await client.query<{ index: string }>(
    `select i.indexrelid::regclass as index
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     where i.indrelid = $1::regclass and i.indisunique and not c.relispartition`,
    [clean.name],
  );
  for (const { index } of rows) await client.query(`drop index ${index}`);
}

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

async function upsertRows(
  client: Client,
  { source, id }: Manifest,
  { table, relations, vanished }: TableToLand,
) {
  const statement = upsert(relations, table.shape, vanished);
  const { rows } = await client.query<{ inserted: string; updated: string }>(statement, [source, id]);
  return { inserted: Number(rows[0]!.inserted), updated: Number(rows[0]!.updated) };
}

/** Raw has no statistics: with nested loops the planner, expecting few keys, might compare every row with every key. */
async function withoutNestedLoops<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('set local enable_nestloop = off');
  const result = await work();
  await client.query('set local enable_nestloop = on');
  return result;
}

async function deleteRows(client: Client, manifest: Manifest, input: TableToLand): Promise<number> {
  const { source, id, snapshot } = manifest;
  const marks = input.table.shape.deletes === 'mark';
  const statement = deleteAbsent(input.relations.clean, isPresent(input), marks);
  const values = marks ? [source, id, snapshot.takenAt] : valuesOf(manifest, input);
  const { rowCount } = await withoutNestedLoops(client, () => client.query(statement, values));
  return rowCount ?? 0;
}

/** How many rows of clean the source still has. */
async function countRows(client: Client, manifest: Manifest, input: TableToLand): Promise<number> {
  const statement = countPresent(input.relations.clean, isPresent(input));
  const { rows } = await withoutNestedLoops(client, () =>
    client.query<{ count: string }>(statement, valuesOf(manifest, input)),
  );
  return Number(rows[0]!.count);
}

/** The condition that the snapshot has a row of clean, for a batch that has all rows or all keys. */
function isPresent({ table: { whole, shape }, relations: { raw, keys } }: TableToLand): string {
  return whole ? amongRaw(raw, shape.key) : amongKeys(keys, shape.key);
}

function valuesOf({ source, id }: Manifest, { table: { whole } }: TableToLand): string[] {
  return whole ? [source, id] : [source];
}

/** Clears the marks that the config set before it keeps deleted rows as they are. */
async function unmark(client: Client, source: string, clean: Relation): Promise<void> {
  await client.query(
    `update ${clean.name} set deleted_at = null where project = $1 and deleted_at is not null`,
    [source],
  );
}

async function countClean(
  client: Client,
  source: string,
  clean: Relation,
  deletes?: TableShape['deletes'],
): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from ${clean.name} where project = $1${deletes === 'mark' ? ' and deleted_at is null' : ''}`,
    [source],
  );
  return Number(rows[0]!.count);
}
