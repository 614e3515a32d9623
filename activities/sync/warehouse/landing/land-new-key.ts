import type { Client } from 'pg';
import type { Manifest } from '../../../../model/batch.ts';
import { replaceKey } from '../leaf-key.ts';
import type { Relation } from '../relations.ts';
import { deleteReplaced, obstaclesToKey } from './landing-statements.ts';
import { fillLeaf } from './leaf.ts';
import { countRows, isBrought, mergeTable, withoutNestedLoops } from './merge-table.ts';
import type { TableLanding, TableToLand } from './table-landing.ts';
import { countClean, isTooMany, landLater } from './table-landing.ts';

/**
 * Lands all rows of a table in a leaf that is bare, or has another key until now. Rows are recognised by the key until now where
 * it still distinguishes them, because the new one may be of values that have just been written; otherwise they replace those
 * of clean. When that would delete too many, all of it waits: nothing else shows which of the others are new.
 */
export async function landWithNewKey(
  client: Client,
  manifest: Manifest,
  input: TableToLand,
  known: readonly string[],
): Promise<TableLanding> {
  const { clean, raw } = input.relations;
  const { key, deletes } = input.table.shape;
  const before = await countClean(client, manifest.source, clean, deletes);
  const gone = before === 0 ? 0 : await countGone(client, manifest, input, known, before);
  if (deletes !== 'keep' && isTooMany(gone, before, input))
    return { ...landLater(before, gone), keyUntilNow: known };

  const unlimited = { ...input, maxDeletes: 1 };
  const byKnown = known.length > 0 && hasColumns(input, known) ? withKey(unlimited, known) : undefined;
  const staying = known.length > 0 && deletes !== undefined;
  if (staying) await removeReplaced(client, manifest, input, byKnown);
  if (byKnown && (await distinguishes(client, manifest, raw, known))) {
    const landing = await mergeTable(client, manifest, byKnown);
    await replaceKey(client, clean, key);
    return landing;
  }
  if (!staying) return fillLeaf(client, manifest, input);
  if (byKnown) await deleteBrought(client, manifest, byKnown);
  await replaceKey(client, clean, key);
  return mergeTable(client, manifest, unlimited);
}

/** How many of the rows of clean the batch has no more, by the key until now where the table still has its columns. */
async function countGone(
  client: Client,
  manifest: Manifest,
  input: TableToLand,
  known: readonly string[],
  before: number,
): Promise<number> {
  if (known.length === 0 || !hasColumns(input, known)) return before - input.table.count;
  return before - (await countRows(client, manifest, withKey(input, known)));
}

function hasColumns({ table }: TableToLand, names: readonly string[]): boolean {
  return names.every((name) => table.shape.columns.some((column) => column.name === name));
}

function withKey(input: TableToLand, key: readonly string[]): TableToLand {
  const { table } = input;
  return {
    ...input,
    table: { ...table, shape: { ...table.shape, key } },
    keyInQuarantine: table.shape.key,
  };
}

/** Whether each of the rows that the batch brought has values of its own in the columns, and no null. */
async function distinguishes(
  client: Client,
  { source, id }: Manifest,
  raw: Relation,
  columns: readonly string[],
): Promise<boolean> {
  const { rows } = await client.query(obstaclesToKey(raw, columns), [source, id]);
  return rows.length === 0;
}

/**
 * Of the rows that the source no longer has, and that clean keeps or marks, removes those that the new key would not
 * distinguish: from rows that the batch brought, and from others that were deleted later.
 */
async function removeReplaced(
  client: Client,
  { source, id }: Manifest,
  { table, relations }: TableToLand,
  byKnown: TableToLand | undefined,
): Promise<void> {
  const brought = byKnown && isBrought(byKnown);
  const { key, deletes } = table.shape;
  const statements = deleteReplaced(relations, key, brought, deletes === 'mark');
  await withoutNestedLoops(client, async () => {
    for (const statement of statements) await client.query(statement, byKnown ? [source, id] : [source]);
  });
}

/** Deletes the rows of clean that the batch brought, which land anew. */
async function deleteBrought(client: Client, { source, id }: Manifest, byKnown: TableToLand): Promise<void> {
  const { clean } = byKnown.relations;
  await withoutNestedLoops(client, () =>
    client.query(`delete from ${clean.name} t where t.project = $1 and ${isBrought(byKnown)}`, [source, id]),
  );
}
