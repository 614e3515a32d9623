import type { Client } from 'pg';
import type { TableShape } from '../../../model/batch.ts';
import type { Choice, ChosenTable, MissingTable } from '../../../model/choose-tables.ts';
import type { RelationName } from '../../../model/table-pattern.ts';
import { exactPattern } from '../../../model/table-pattern.ts';
import type { CatalogTable } from './catalog.ts';
import { readCatalog } from './catalog.ts';

/**
 * The tables that the config names, and that the source has renamed or moved to another schema since they landed: they are the
 * same tables, by their oids. A line with the earlier name comes before a pattern, and after a line with the new one.
 */
export async function readMoved(
  client: Client,
  known: ReadonlyMap<string, TableShape>,
  { chosen, missing }: Choice<CatalogTable>,
): Promise<ReadonlyMap<string, ChosenTable<CatalogTable>>> {
  const byOid = new Map<string, MissingTable>();
  for (const each of missing) {
    const oid = known.get(each.table)?.oid;
    const taken = chosen.some(({ table, relation, named }) =>
      relation.oid === oid ? named : table === each.table,
    );
    if (oid !== undefined && !taken && each.options.error === undefined) byOid.set(oid, each);
  }
  if (byOid.size === 0) return new Map();
  const { rows } = await client.query<RelationName>(
    `select n.nspname as schema, c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.oid = any ($1::oid[])`,
    [[...byOid.keys()]],
  );
  const found = rows.length > 0 ? await readCatalog(client, rows.map(exactPattern)) : [];
  return new Map(
    found.flatMap((relation) => {
      const { table, options } = byOid.get(relation.oid) ?? {};
      return table === undefined ? [] : [[table, { relation, options: options!, named: true, table }]];
    }),
  );
}
