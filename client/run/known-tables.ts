import type { Client } from 'pg';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

/**
 * The tables given on the command line, by their names in the warehouse, without duplicates. Throws a CommandFailure for
 * one that has not landed from any of the sources, and has no row in quarantine.
 */
export async function knownTables(
  client: Client,
  sources: readonly string[],
  requested: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ table: string }>(
    `select table_name as table from ops.position where source = any ($1)
     union select table_name from ops.quarantine where source = any ($1) order by 1`,
    [sources],
  );
  const known = rows.map(({ table }) => table);
  const unknown = requested.find((table) => !known.includes(table));
  if (unknown !== undefined)
    throw new CommandFailure(
      exitCodes.invalid,
      `No table ${unknown} of ${sources.join(', ')} has landed; the tables that have: ${known.join(', ') || 'none'}.`,
    );
  return [...new Set(requested)];
}
