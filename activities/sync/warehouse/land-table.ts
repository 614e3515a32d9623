import type { Client } from 'pg';
import type { Manifest, TableBatch } from '../../../model/batch.ts';
import { strategyOf } from '../../../model/batch.ts';
import { quoteIdent } from '../../../model/identifier.ts';
import type { TablePosition } from '../../../model/position.ts';
import { amongKeys } from './keys-table.ts';
import { landCopy } from './land-copy.ts';
import { fillLeaf, hasKey, replaceKey } from './leaf.ts';
import { amongQuarantined, countMissing, releaseRows } from './quarantine.ts';
import type { Relation } from './relations.ts';
import {
  amongRaw,
  countPresent,
  deleteAbsent,
  deleteReplaced,
  obstaclesToKey,
  upsert,
} from './landing-statements.ts';
import type { TableLanding, TableToLand } from './table-landing.ts';
import { countClean, isTooMany, landLater } from './table-landing.ts';

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
  const [known = []] = relations.clean.keys;
  return landWithNewKey(client, manifest, input, known);
}

/**
 * Lands all rows of a table in a leaf that is bare, or has another key until now. Rows are recognised by the key until now where
 * it still distinguishes them, because the new one may be of values that have just been written; otherwise they replace those
 * of clean. When that would delete too many, all of it waits: nothing else shows which of the others are new.
 */
async function landWithNewKey(
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
  const { table, relations } = input;
  const marks = table.shape.deletes === 'mark';
  const values = marks ? [source, id, snapshot.takenAt] : valuesOf(manifest, input);
  const present = [isBrought(input)];
  if (isRefusedInPart(input))
    present.push(amongQuarantined(input.keyInQuarantine ?? table.shape.key, `$${values.push(table.table)}`));
  const statement = deleteAbsent(relations.clean, present, marks);
  const { rowCount } = await withoutNestedLoops(client, () => client.query(statement, values));
  return rowCount ?? 0;
}

/** How many rows of clean the source still has. */
async function countRows(client: Client, manifest: Manifest, input: TableToLand): Promise<number> {
  const { table, relations } = input;
  const count = async (present: string, values: readonly string[]) => {
    const statement = countPresent(relations.clean, present, table.shape.deletes === 'mark');
    const { rows } = await withoutNestedLoops(client, () =>
      client.query<{ count: string }>(statement, [...values]),
    );
    return Number(rows[0]!.count);
  };
  const brought = await count(isBrought(input), valuesOf(manifest, input));
  if (!isRefusedInPart(input)) return brought;
  return (
    brought +
    (await count(amongQuarantined(input.keyInQuarantine ?? table.shape.key, '$2'), [
      manifest.source,
      table.table,
    ]))
  );
}

/** Whether the source has rows that raw has not, although the batch has all: they are in quarantine. */
function isRefusedInPart({ table, quarantined }: TableToLand): boolean {
  return table.whole && quarantined !== undefined;
}

/** The condition that the batch, which has all rows or all keys, has brought a row of clean. */
function isBrought({ table: { whole, shape }, relations: { raw, keys } }: TableToLand): string {
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
