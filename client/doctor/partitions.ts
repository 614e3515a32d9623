import type { Client } from 'pg';
import { readFlatTables } from '../../activities/sync/warehouse/repartition/flat-tables.ts';
import type { Check } from './check.ts';
import { ok, warning } from './check.ts';

/**
 * Checks that the tables have the shape that they have in a new warehouse. The one of an older warehouse works, but is
 * slower.
 */
export async function checkPartitions(client: Client): Promise<Check> {
  const { moves, kept } = await readFlatTables(client);
  const subject = 'warehouse, tables';
  if (moves.length > 0)
    return warning(
      subject,
      `${moves.map(({ table }) => table).join(', ')} as made by an older version: slower to land in`,
      'Run: tidehouse repartition --dry-run',
    );
  return ok(
    subject,
    kept.length === 0 ? 'partitioned by source' : `flat, because there are more than 100 sources`,
  );
}
