import type { Client } from 'pg';
import type { Manifest, TableBatch } from '../../../../model/batch.ts';
import { strategyOf } from '../../../../model/batch.ts';
import { quoteIdent } from '../../../../model/identifier.ts';
import type { TablePosition } from '../../../../model/position.ts';
import { hasKey } from '../leaf-key.ts';
import { landCopy } from './land-copy.ts';
import { landWithNewKey } from './land-new-key.ts';
import { mergeTable } from './merge-table.ts';
import { countMissing, releaseRows } from './quarantine.ts';
import type { TableLanding, TableToLand } from './table-landing.ts';
import { isReconciled } from './table-landing.ts';

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
  const { table, relations, quarantined } = input;
  if (!quarantined) return landRows(client, manifest, input);
  await releaseRows(client, manifest, table, relations);
  const landing = await landRows(client, manifest, input);
  const difference = landing.difference - (await countMissing(client, manifest.source, table, relations));
  return { ...landing, difference, reconciled: isReconciled(difference, input) };
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
