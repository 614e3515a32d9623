import type { Client } from 'pg';
import type { TableBatch } from '../../../model/batch.ts';
import type { Cause } from '../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';

/** Throws CannotLand for the flat tables whose key the source has changed, with the statement to run for each. */
export async function refuseChangedKeys(
  client: Client,
  source: string,
  tables: readonly TableBatch[],
): Promise<void> {
  const [first, ...others] = await changedKeys(client, tables);
  if (!first) return;
  throw createFailure(failureTypes.cannotLand, { source, causes: [first, ...others] }, { final: true });
}

async function changedKeys(client: Client, tables: readonly TableBatch[]): Promise<Cause[]> {
  const { rows } = await client.query<{ table: string; key: string; constraint: string }>(
    `select c.relname as table, k.conname as constraint,
            (select json_agg(a.attname order by u.n)
             from unnest(i.indkey::int2[]) with ordinality u(attnum, n)
             join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum) as key
     from pg_index i
     join pg_class c on c.oid = i.indrelid
     join pg_constraint k on k.conindid = i.indexrelid and k.contype = 'p'
     where i.indisprimary and c.relnamespace = 'clean'::regnamespace and c.relname = any ($1)`,
    [tables.map(({ table }) => table)],
  );
  const found = new Map(rows.map((row) => [row.table, row]));
  return tables.flatMap(({ table, shape: { key } }) => {
    const now = found.get(table);
    const have = now && (JSON.parse(now.key) as string[]).slice(1);
    if (!have || JSON.stringify([...have].sort()) === JSON.stringify([...key].sort())) return [];
    const mayBeNull = have.filter((name) => !key.includes(name));
    return [
      {
        table,
        problem: `its key is (${key.join(', ')}) at the source and (${have.join(', ')}) in the warehouse`,
        advice: 'Nothing was landed. If the change is intended, run in the warehouse:',
        sql:
          `alter table ${qualified('clean', table)} drop constraint ${quoteIdent(now.constraint)}, ` +
          mayBeNull.map((name) => `alter column ${quoteIdent(name)} drop not null, `).join('') +
          `add primary key (project, ${identList(key)})`,
      },
    ];
  });
}
