import type { Client } from 'pg';
import type { Manifest } from '../../../../model/batch.ts';
import { replaceRows } from './landing-statements.ts';
import { dropKeys } from '../leaf-key.ts';
import { prepareLeaf } from './leaf.ts';
import type { TableLanding, TableToLand } from './table-landing.ts';
import { countClean, isTooMany, landLater } from './table-landing.ts';

/**
 * Lands a copied table: all rows of the batch replace the source's rows as a multiset, and a row that is in both stays
 * untouched. When too many rows were deleted, all of it waits: nothing shows which of the others are new.
 */
export async function landCopy(
  client: Client,
  { source, id }: Manifest,
  input: TableToLand,
): Promise<TableLanding> {
  const { table, relations, analysed } = input;
  const { clean } = relations;
  if (clean.parent) await dropKeys(client, clean);
  if (clean.parent && analysed) await prepareLeaf(client, clean, table.table);
  const before = await countClean(client, source, clean);
  const surplus = before - table.count;
  if (isTooMany(surplus, before, input)) return landLater(before, surplus);
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
