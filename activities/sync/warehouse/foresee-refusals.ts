import type { Client } from 'pg';
import type { HeldBack, TableShape } from '../../../model/batch.ts';
import { statementsFor } from './align-statements.ts';
import { obstacleToRetyping } from './alter-below-views.ts';
import { changedKeys } from './changed-keys.ts';

/**
 * Those of the tables, by their names in the warehouse, that the next run would hold back because clean cannot become what they
 * are at the source: a flat table has another key, or something reads a column whose type changes. Changes nothing.
 */
export async function foreseeRefusals(
  client: Client,
  source: string,
  tables: ReadonlyMap<string, { readonly shape: TableShape }>,
): Promise<HeldBack[]> {
  const all = [...tables].map(([table, { shape }]) => ({ table, shape, whole: true }));
  const refused: HeldBack[] = (await changedKeys(client, all)).map((cause) => ({
    table: cause.table!,
    ...cause,
  }));
  const others = all.filter(({ table }) => !refused.some((each) => each.table === table));
  const { alter } = await statementsFor(client, source, others);
  for (const { table, retypes } of alter) {
    const cause = retypes && (await obstacleToRetyping(client, table, retypes));
    if (cause) refused.push({ table, ...cause });
  }
  return refused;
}
