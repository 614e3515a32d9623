import type { Client } from 'pg';
import type { Cause } from '../../../../model/failure.ts';

/**
 * Those of the tables whose names in clean somebody has given to something else: to a view, an index, or a table that no source
 * has landed in, so that raw lacks it.
 */
export async function takenNames(client: Client, tables: readonly string[]): Promise<Cause[]> {
  const { rows } = await client.query<Record<'table' | 'type' | 'identity', string>>(
    `select c.relname as table, o.type, o.identity
     from pg_class c
     cross join lateral pg_identify_object('pg_class'::regclass, c.oid, 0) o
     where c.relnamespace = 'clean'::regnamespace and c.relname = any ($1)
       and (c.relkind not in ('r', 'p')
         or not exists (select from pg_class r where r.relnamespace = 'raw'::regnamespace and r.relname = c.relname)
           and not exists (select from ops.position where table_name = c.relname))
     order by 1`,
    [tables],
  );
  return rows.map(({ table, type, identity }) => ({
    table,
    problem: `the warehouse has a ${type} ${identity} that somebody else has made`,
    advice: `Give the table another name in the config, with as, or rename the ${type}.`,
  }));
}
