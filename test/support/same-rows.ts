import type { Client } from 'pg';
import { identList, qualified } from '../../model/identifier.ts';

/** A table's rows under the current snapshot, as one text per row. */
export async function rowsOf(
  client: Client,
  schema: string,
  table: string,
  columns: readonly string[],
  project?: string,
): Promise<string[]> {
  const where = project === undefined ? '' : 'where project = $1';
  const { rows } = await client.query<{ row: string }>(
    `select row(${identList(columns)})::text as row from ${qualified(schema, table)} ${where}`,
    project === undefined ? [] : [project],
  );
  return rows.map(({ row }) => row);
}

/** The missing and the surplus rows of clean, compared with the source; both empty when they are equal. */
export function difference(
  source: readonly string[],
  clean: readonly string[],
): { missing: string[]; extra: string[] } {
  const inSource = new Set(source);
  const inClean = new Set(clean);
  return {
    missing: source.filter((row) => !inClean.has(row)),
    extra: clean.filter((row) => !inSource.has(row)),
  };
}
