import type { Client } from 'pg';
import { qualified } from '../../../../model/identifier.ts';
import { commonType, holds, wideType } from '../../../../model/wide-type.ts';
import type { Columns } from './table-columns.ts';
import { otherColumns } from './table-columns.ts';
import type { GeneratedColumn, TypedColumn, Widening } from './table-statements.ts';
import { changeColumns, createRaw } from './table-statements.ts';

/** Whether a column of raw, if there is one, can stay for a column of clean of the type `wanted`. */
export function takes(have: string | undefined, wanted: string): boolean {
  if (have === undefined || have === wanted) return true;
  return have !== 'bpchar' && wideType(have) === wideType(wanted);
}

/** Whether a column of clean, if there is one, holds the values of a column of the type `wanted`. */
export function fits(have: string | undefined, wanted: string): boolean {
  return have === undefined || holds(have, wanted);
}

/** Makes a table of raw anew, which holds nothing that is not brought again, with the columns that only it has too. */
export function remakeRaw(
  name: string,
  columns: readonly TypedColumn[],
  have: Columns,
  partitioned: boolean,
): string[] {
  const kept = otherColumns(
    have,
    columns.map((each) => each.name),
  );
  return [`drop table ${qualified('raw', name)}`, createRaw(name, [...columns, ...kept], partitioned)];
}

interface ColumnChanges {
  readonly added: readonly TypedColumn[];
  readonly widened: readonly TypedColumn[];
  readonly have: Columns;
}

/**
 * Adds columns to a table of clean, and gives others a type that holds both what they have and what the source has. What an
 * analyst has made over them is made again.
 */
export async function widenClean(
  client: Client,
  name: string,
  { added, widened, have }: ColumnChanges,
): Promise<string> {
  const changes: Widening[] = [];
  for (const { name: column, type } of widened) {
    const from = have.get(column)!;
    const to = commonType(from, type);
    const narrower = /^text/.test(to) && /^timestamp/.test(from);
    changes.push({
      ...{ name: column, from, to },
      narrower: narrower ? await narrowerTypes(client, name, column, from) : new Map(),
    });
  }
  const generated = await generatedFrom(client, name, changes);
  const indexes = await indexesOf(client, name, generated);
  return [changeColumns(name, added, changes, generated), ...indexes].join(';\n');
}

/** The types of a column at those sources where it is a date or a time other than in clean, by source. */
async function narrowerTypes(
  client: Client,
  table: string,
  column: string,
  from: string,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<Record<'source' | 'type', string>>(
    `select source, c ->> 'type' as type
     from ops.position, jsonb_array_elements(shape -> 'columns') c
     where table_name = $1 and c ->> 'name' = $2 and c ->> 'type' <> $3 and c ->> 'type' ~ '^(date|timestamp)'`,
    [table, column, from],
  );
  return new Map(rows.map(({ source, type }) => [source, type]));
}

/** The columns of a clean table that an analyst generates from some of the others. */
async function generatedFrom(
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

/** What makes the indexes and constraints again that a clean table and its leaves lose with some of their columns. */
async function indexesOf(
  client: Client,
  table: string,
  lost: readonly { readonly name: string }[],
): Promise<string[]> {
  if (lost.length === 0) return [];
  const { rows } = await client.query<{ create: string }>(
    `with relation as (
       select $1::regclass::oid as oid union all select inhrelid from pg_inherits where inhparent = $1::regclass
     ),
     dependent as (
       select distinct d.classid, d.objid, r.oid
       from relation r
       join pg_attribute a on a.attrelid = r.oid and a.attname = any ($2)
       join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = r.oid and d.refobjsubid = a.attnum
     )
     select replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') as create
     from dependent d
     join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid and c.relkind in ('i', 'I')
     where not c.relispartition and not exists (select from pg_constraint k where k.conindid = c.oid)
     union all
     select format('alter table %s add constraint %I %s', d.oid::regclass, k.conname, pg_get_constraintdef(k.oid))
     from dependent d
     join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
     where k.contype in ('c', 'u', 'x') and k.conparentid = 0 and k.conislocal
     order by 1`,
    [qualified('clean', table), lost.map(({ name }) => name)],
  );
  return rows.map(({ create }) => create);
}
