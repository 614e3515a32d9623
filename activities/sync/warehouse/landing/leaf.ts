import type { Client } from 'pg';
import type { Manifest, TableBatch } from '../../../../model/batch.ts';
import { createKey, dropKeys } from '../leaf-key.ts';
import { noteProject } from '../notes.ts';
import type { Relation } from '../relations.ts';
import { insertAll } from './landing-statements.ts';
import type { TableLanding, TableToLand } from './table-landing.ts';

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
export async function fillLeaf(
  client: Client,
  { source, id }: Manifest,
  { table, relations, analysed }: TableToLand,
): Promise<TableLanding> {
  const { clean } = relations;
  const deleted = await emptyLeaf(client, clean);
  const { rowCount } = await client.query(insertAll(relations, table.shape), [source, id]);
  const inserted = table.changes ? (rowCount ?? 0) : 0;
  await finishLeaf(client, source, { table, clean, analysed });
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

/** A leaf that holds all rows of a table. */
interface FilledLeaf {
  readonly table: TableBatch;
  readonly clean: Relation;
  /** Whether the session analytics are computed from it. */
  readonly analysed: boolean;
}

/** Completes a leaf that has its rows: what analytics needs, the key, statistics, and the note that its project is new. */
export async function finishLeaf(
  client: Client,
  source: string,
  { table: { table, shape }, clean, analysed }: FilledLeaf,
): Promise<void> {
  await client.query(`set local maintenance_work_mem = '128MB'`);
  if (analysed) await prepareLeaf(client, clean, table);
  if (shape.key.length > 0) await createKey(client, clean.name, shape.key);
  await client.query(`analyze ${clean.name}`);
  if (analysed) await noteProject(client, source);
}

/**
 * Waits until the leaves among `filled` that were bare have been attached for `newLeafMs`: a query that was planned while only
 * some of them were would see one table with this source and another without.
 */
export async function waitForPlanners(
  client: Client,
  filled: readonly Relation[],
  newLeafMs: number,
): Promise<void> {
  const bare = filled.filter(({ parent, keys }) => parent && keys.length === 0);
  const attached = Math.max(0, ...bare.map((clean) => clean.attached ?? 0));
  if (attached > 0)
    await client.query('select pg_sleep(greatest(0, $1 - extract(epoch from clock_timestamp())))', [
      attached + newLeafMs / 1_000,
    ]);
}

/** Empties a leaf and drops its key, for another one. */
async function emptyLeaf(client: Client, clean: Relation): Promise<number> {
  const { rowCount } = await client.query(`delete from ${clean.name}`);
  await dropKeys(client, clean);
  return rowCount ?? 0;
}
