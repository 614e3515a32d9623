import type { Client } from 'pg';
import { qualified } from '../../../model/identifier.ts';
import { wideType } from '../../../model/wide-type.ts';
import type { GeneratedColumn } from './statements.ts';

/** The columns that raw has for itself. */
export const rawOwn: ReadonlySet<string> = new Set(['project', 'batch']);

/** Whether a column of raw, if there is one, can stay for a column of clean of the type `wanted`. */
export function takes(have: string | undefined, wanted: string): boolean {
  if (have === undefined || have === wanted) return true;
  return have !== 'bpchar' && wideType(have) === wideType(wanted);
}

/** The columns of a clean table that an analyst generates from some of the others. */
export async function generatedFrom(
  client: Client,
  table: string,
  from: readonly { readonly name: string }[],
): Promise<GeneratedColumn[]> {
  const { rows } = await client.query<Record<'name' | 'type' | 'expression', string>>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, pg_get_expr(d.adbin, d.adrelid) as expression
     from pg_attribute a
     join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = $1::regclass and a.attgenerated = 's'
       and exists (
         select from pg_depend p
         join pg_attribute s on s.attrelid = p.refobjid and s.attnum = p.refobjsubid
         where p.classid = 'pg_attrdef'::regclass and p.objid = d.oid and p.refobjid = a.attrelid and s.attname = any ($2)
       )
     order by a.attnum`,
    [qualified('clean', table), from.map(({ name }) => name)],
  );
  return rows;
}
