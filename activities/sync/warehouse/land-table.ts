import type { Client } from 'pg';
import type { Manifest, TableBatch } from '../../../model/batch.ts';
import { strategyOf } from '../../../model/batch.ts';
import { identList } from '../../../model/identifier.ts';
import type { TablePosition } from '../../../model/position.ts';
import { pipelined } from '../../postgres/pipeline.ts';
import { batchLost } from '../batch-lost.ts';
import { noteProject } from './notes.ts';
import type { Relation } from './relations.ts';
import { lockParents } from './relations.ts';
import type { Landing } from './statements.ts';
import { countKeys, deleteWithoutKey } from './keys-table.ts';
import { deleteMissing, insertAll, replaceRows, upsert } from './statements.ts';

/** The effect of landing on a table, and whether its row counts reconcile. */
export interface TableLanding {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** The row count in clean afterwards. */
  readonly rows: number;
  /** The snapshot's row count minus `rows`. */
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
  /** Whether the session analytics are computed from it. */
  readonly analysed: boolean;
}

/**
 * Lands one table of a batch in clean, within the caller's transaction: inserts and updates from raw, deletes the rows that
 * the snapshot no longer has if the batch shows them (it has all rows, or all keys), and compares the row counts. A batch
 * that shows deletes counts clean and lands in any case: the remaining difference becomes the table's difference.
 */
export async function landTable(
  client: Client,
  manifest: Manifest,
  input: TableToLand,
): Promise<TableLanding> {
  const { table, relations, position } = input;
  if (strategyOf(table.shape) === 'copy') return landCopy(client, manifest, input);
  if (relations.clean.parent && table.whole && !hasKey(relations.clean, table.shape.key))
    return fillLeaf(client, manifest, input);

  // The position knows what was landed, not what somebody did to clean since.
  const { source } = manifest;
  const showsDeletes = table.whole || table.keys !== undefined;
  const before =
    position && !showsDeletes ? position.rows : await countClean(client, source, relations.clean);
  const { inserted, updated } = table.changes
    ? await upsertRows(client, manifest, input)
    : { inserted: 0, updated: 0 };
  const deleted = showsDeletes && before > 0 ? await deleteRows(client, manifest, input) : 0;

  if (table.keys) await client.query(`drop table ${relations.keys}`);

  const rows = before + inserted - deleted;
  const difference = table.count - rows;
  const reconciled = showsDeletes || difference === (position?.difference ?? 0);
  return { inserted, updated, deleted, rows, difference, reconciled };
}

/** Compares the row counts of a table of which the batch has nothing else. */
export function landNothing({ count }: TableBatch, { rows, difference }: TablePosition): TableLanding {
  const now = count - rows;
  return { inserted: 0, updated: 0, deleted: 0, rows, difference: now, reconciled: now === difference };
}

function hasKey({ keys }: Relation, wanted: readonly string[]): boolean {
  const sorted = (key: readonly string[]) => JSON.stringify([...key].sort());
  return keys.some((key) => sorted(key) === sorted(wanted));
}

/**
 * Lands a copied table: all rows of the batch replace the source's rows as a multiset, and a row that is in both stays
 * untouched.
 */
async function landCopy(
  client: Client,
  { source, id }: Manifest,
  { table, relations, analysed }: TableToLand,
): Promise<TableLanding> {
  const { clean } = relations;
  if (clean.parent) await dropKeys(client, clean);
  if (clean.parent && analysed) await prepareLeaf(client, clean, table.table);
  const before = await countClean(client, source, clean);
  const { rows: counts } = await client.query<Record<'inserted' | 'deleted', string>>(
    replaceRows(relations, table.shape),
    [source, id],
  );
  const [inserted, deleted] = [Number(counts[0]!.inserted), Number(counts[0]!.deleted)];
  if (before === 0) await client.query(`analyze ${clean.name}`);
  const rows = before + inserted - deleted;
  return { inserted, updated: 0, deleted, rows, difference: table.count - rows, reconciled: true };
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
    ...tables.map(async ({ table: { table, changes }, relations: { raw } }) => {
      if (!changes) return;
      const { rows } = await client.query<{ count: string }>(
        `select count(*) from ${raw.name} where project = $1 and batch = $2`,
        [source, id],
      );
      const count = Number(rows[0]!.count);
      if (count !== changes.rowCount) throw lost(table, count, changes.rowCount);
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
async function deleteRows(
  client: Client,
  { source, id }: Manifest,
  { table, relations: { clean, raw, keys } }: TableToLand,
): Promise<number> {
  await client.query('set local enable_nestloop = off');
  const { key } = table.shape;
  const { rowCount } = table.whole
    ? await client.query(deleteMissing(clean, raw, key), [source, id])
    : await client.query(deleteWithoutKey(clean.name, keys, key), [source]);
  await client.query('set local enable_nestloop = on');
  return rowCount ?? 0;
}

async function countClean(client: Client, source: string, clean: Relation): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from ${clean.name} where project = $1`,
    [source],
  );
  return Number(rows[0]!.count);
}
