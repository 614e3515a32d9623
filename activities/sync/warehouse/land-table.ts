import type { Client } from 'pg';
import type { Manifest, StagedFile, TableBatch } from '../../../model/batch.ts';
import { qualified } from '../../../model/identifier.ts';
import type { TablePosition } from '../../../model/position.ts';
import { batchLost } from '../batch-lost.ts';
import { vanishedColumns } from './align.ts';
import { deleteMissing, keysTable, upsert } from './statements.ts';

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

/**
 * Lands one table of a batch in clean, within the caller's transaction: inserts and updates from raw, deletes the rows that
 * the snapshot no longer has if the batch shows them (it has all rows, or all keys), and compares the row counts. A batch
 * that shows deletes counts clean and lands in any case: the remaining difference becomes the table's difference.
 */
export async function landTable(
  client: Client,
  manifest: Manifest,
  table: TableBatch,
  position: TablePosition | undefined,
): Promise<TableLanding> {
  const { source, id } = manifest;
  await checkRawCount(client, manifest, table.table, table.table, table.changes);
  await checkRawCount(client, manifest, table.table, keysTable(table.table), table.keys);

  // The position has the row count after the last landing, without manual changes to clean since then.
  const showsDeletes = table.whole || table.keys !== undefined;
  const before = position && !showsDeletes ? position.rows : await countClean(client, source, table.table);
  const { inserted, updated } = table.changes
    ? await upsertRows(client, manifest, table)
    : { inserted: 0, updated: 0 };
  const keysFrom = table.whole ? table.table : keysTable(table.table);
  const deleted =
    showsDeletes && before > 0
      ? await deleteRows(client, deleteMissing(table.table, keysFrom, table.shape.key), [source, id])
      : 0;

  const rows = before + inserted - deleted;
  const difference = table.count - rows;
  const reconciled = showsDeletes || difference === (position?.difference ?? 0);
  return { inserted, updated, deleted, rows, difference, reconciled };
}

/** Checks that raw has the rows that the extract wrote: a crash may have emptied it, or another attempt replaced them. */
async function checkRawCount(
  client: Client,
  { source, id }: Manifest,
  table: string,
  rawTable: string,
  file: StagedFile | undefined,
): Promise<void> {
  if (!file) return;
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from ${qualified('raw', rawTable)} where project = $1 and batch = $2`,
    [source, id],
  );
  const count = Number(rows[0]!.count);
  if (count !== file.rowCount)
    throw batchLost(source, `raw has ${count} rows of batch ${id} instead of ${file.rowCount}`, table);
}

async function upsertRows(client: Client, { source, id }: Manifest, table: TableBatch) {
  const statement = upsert(table.table, table.shape, await vanishedColumns(client, table));
  const { rows } = await client.query<{ inserted: string; updated: string }>(statement, [source, id]);
  return { inserted: Number(rows[0]!.inserted), updated: Number(rows[0]!.updated) };
}

/** Raw has no statistics: with nested loops the planner, expecting few keys, might compare every row with every key. */
async function deleteRows(client: Client, statement: string, values: unknown[]): Promise<number> {
  await client.query('set local enable_nestloop = off');
  const { rowCount } = await client.query(statement, values);
  await client.query('set local enable_nestloop = on');
  return rowCount ?? 0;
}

async function countClean(client: Client, source: string, table: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from ${qualified('clean', table)} where project = $1`,
    [source],
  );
  return Number(rows[0]!.count);
}
