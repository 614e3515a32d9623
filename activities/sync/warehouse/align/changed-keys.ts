import type { Client } from 'pg';
import type { TableBatch } from '../../../../model/batch.ts';
import type { Cause } from '../../../../model/failure.ts';
import { qualified, quoteLiteral } from '../../../../model/identifier.ts';

type KeyedTable = Pick<TableBatch, 'table' | 'shape'>;

/** The flat tables whose key the source has changed, each with the statement to run. */
export async function changedKeys(client: Client, tables: readonly KeyedTable[]): Promise<Cause[]> {
  const { rows } = await client.query<{ table: string; key: string }>(
    `select c.relname as table,
            (select json_agg(a.attname order by u.n)
             from unnest(i.indkey::int2[]) with ordinality u(attnum, n)
             join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum) as key
     from pg_index i
     join pg_class c on c.oid = i.indrelid
     where i.indisprimary and c.relnamespace = 'clean'::regnamespace and c.relname = any ($1)`,
    [tables.map(({ table }) => table)],
  );
  const found = new Map(rows.map((row) => [row.table, row]));
  return tables.flatMap(({ table, shape: { key } }) => {
    const now = found.get(table);
    const have = now && (JSON.parse(now.key) as string[]).slice(1);
    if (!have || JSON.stringify([...have].sort()) === JSON.stringify([...key].sort())) return [];
    return [
      {
        table,
        problem: `its key is (${key.join(', ')}) at the source and (${have.join(', ')}) in the warehouse`,
        advice:
          'All sources share one key in this table, which is not partitioned by source. If they all have the new one, run in the warehouse; each of them is then read whole:',
        sql: `drop table ${qualified('clean', table)}, ${qualified('raw', table)}; delete from ops.position where table_name = ${quoteLiteral(table)}`,
      },
    ];
  });
}
