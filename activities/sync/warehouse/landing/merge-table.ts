import type { Client } from 'pg';
import type { Manifest } from '../../../../model/batch.ts';
import { showsDeletes } from '../../../../model/batch.ts';
import type { Relation } from '../relations.ts';
import { amongKeys } from './keys-table.ts';
import { amongRaw, countPresent, deleteAbsent, upsert } from './landing-statements.ts';
import { amongQuarantined } from './quarantine.ts';
import type { TableLanding, TableToLand } from './table-landing.ts';
import { countClean, isReconciled, isTooMany } from './table-landing.ts';

/**
 * Lands the rows of a batch in a table that has its key: inserts and updates by key, deletes what the batch shows to be gone, and
 * compares the row counts.
 */
export async function mergeTable(
  client: Client,
  manifest: Manifest,
  input: TableToLand,
): Promise<TableLanding> {
  const { table, relations, position } = input;
  const { deletes } = table.shape;

  // The position knows what was landed, not what somebody did to clean since.
  const { source } = manifest;
  const isShown = showsDeletes(table);
  const before =
    position && (!isShown || table.keyRanges || deletes === 'keep')
      ? position.rows
      : await countClean(client, source, relations.clean, deletes);
  if (deletes === 'keep' && position?.shape.deletes === 'mark') await unmark(client, source, relations.clean);
  const { inserted, updated } = table.changes
    ? await upsertRows(client, manifest, input)
    : { inserted: 0, updated: 0 };
  const after = before + inserted;
  const landed = { inserted, updated, showsDeletes: isShown };
  if (!isShown) {
    const heldDeletes = position?.heldDeletes ?? 0;
    const difference = table.count - after + heldDeletes;
    const reconciled = isReconciled(difference, input);
    return { ...landed, deleted: 0, rows: after, heldDeletes, difference, reconciled };
  }

  const surplus = after - table.count;
  const holds = deletes !== 'keep' && isTooMany(surplus, before, input);
  const deleted = holds || deletes === 'keep' || before === 0 ? 0 : await deleteRows(client, manifest, input);
  const rows = deletes === 'keep' ? await countRows(client, manifest, input) : after - deleted;
  if (table.keys) await client.query(`drop table ${relations.keys}`);
  const heldDeletes = holds ? surplus : 0;
  const difference = table.count - rows + heldDeletes;
  return { ...landed, deleted, rows, heldDeletes, difference, reconciled: isReconciled(difference, input) };
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
export async function withoutNestedLoops<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('set local enable_nestloop = off');
  const result = await work();
  await client.query('set local enable_nestloop = on');
  return result;
}

async function deleteRows(client: Client, manifest: Manifest, input: TableToLand): Promise<number> {
  const { source, id, snapshot } = manifest;
  const { table, relations } = input;
  if (table.keyRanges && !table.keys) return 0;
  const marks = table.shape.deletes === 'mark';
  const values: unknown[] = marks ? [source, id, snapshot.takenAt] : valuesOf(manifest, input);
  const present = [isBrought(input)];
  if (isRefusedInPart(input))
    present.push(amongQuarantined(input.keyInQuarantine ?? table.shape.key, `$${values.push(table.table)}`));
  const ranges = table.keyRanges && {
    ...table.keyRanges,
    numbers: `$${values.push(table.keyRanges.numbers)}`,
  };
  const statement = deleteAbsent(relations.clean, present, marks, ranges);
  const { rowCount } = await withoutNestedLoops(client, () => client.query(statement, values));
  return rowCount ?? 0;
}

/** How many rows of clean the source still has. */
export async function countRows(client: Client, manifest: Manifest, input: TableToLand): Promise<number> {
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
export function isBrought({ table: { whole, shape }, relations: { raw, keys } }: TableToLand): string {
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
