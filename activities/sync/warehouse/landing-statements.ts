import type { Column, TableShape } from '../../../model/batch.ts';
import { identList, qualified, quoteIdent, quoteLiteral } from '../../../model/identifier.ts';
import { wideType } from '../../../model/wide-type.ts';
import type { WarehouseTable } from './relation-shape.ts';
import type { Relation } from './relations.ts';
import { leafName } from './relations.ts';

/** A column by its name and type. */
export type TypedColumn = Pick<Column, 'name' | 'type'>;

/** A column that an analyst generates from others. */
export interface GeneratedColumn extends TypedColumn {
  readonly expression: string;
}

/** Makes a raw table: the source's columns, and which project and batch brought a row, from the loading session's settings. */
export function createRaw(table: string, columns: readonly TypedColumn[], partitioned: boolean): string {
  return `create table ${qualified('raw', table)} (
  project text not null default current_setting('tidehouse.project'),
  batch text not null default current_setting('tidehouse.batch'),
  ${columnList(columns)}
)${partitioned ? ' partition by list (project)' : ''}`;
}

/** Makes a clean table: the source's columns under the project's name, without foreign keys. Leaves have keys of their own. */
export function createClean(table: string, { columns, key }: TableShape, partitioned: boolean): string {
  return `create table ${qualified('clean', table)} (
  project text not null,
  ${columnList(columns)},
  batch text not null${partitioned || key.length === 0 ? '' : `,\n  primary key (project, ${identList(key)})`}
)${partitioned ? ' partition by list (project)' : ''}${
    partitioned || key.length > 0 ? '' : `;\ncreate index on ${qualified('clean', table)} (project)`
  }`;
}

function columnList(columns: readonly TypedColumn[]): string {
  return columns.map(({ name, type }) => `${quoteIdent(name)} ${wideType(type)}`).join(',\n  ');
}

/**
 * Makes the leaf of a project, bare, and attaches it to its table, or to another `parent`. `partition of` would lock the parent
 * against its readers; ATTACH of an empty table does not. The comment remembers when: see `Relation.attached`. Its defaults are
 * the project, and the batch of the loading session's settings, so that rows can be copied into it as the source has them.
 */
export function createLeaf(
  table: WarehouseTable,
  project: string,
  parent = qualified(table.schema, table.name),
): string[] {
  const leaf = leafName(table, project);
  return [
    `create ${table.schema === 'raw' ? 'unlogged ' : ''}table ${leaf} (like ${parent} including defaults including generated including constraints)`,
    `alter table ${leaf} alter project set default ${quoteLiteral(project)}, alter batch set default current_setting('tidehouse.batch')`,
    `alter table ${parent} attach partition ${leaf} for values in (${quoteLiteral(project)})`,
    `do $$ begin execute format('comment on table %s is %L', ${quoteLiteral(leaf)}, extract(epoch from clock_timestamp())); end $$`,
  ];
}

export function addColumns(schema: string, table: string, columns: readonly TypedColumn[]): string {
  return `alter table ${qualified(schema, table)} ${columns.map(addition).join(', ')}`;
}

export function renameColumn(schema: string, table: string, from: string, to: string): string {
  return `alter table ${qualified(schema, table)} rename column ${quoteIdent(from)} to ${quoteIdent(to)}`;
}

function addition({ name, type }: TypedColumn): string {
  return `add column ${quoteIdent(name)} ${wideType(type)}`;
}

/** A column of clean that is widened. */
export interface Widening {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** The sources whose own type is narrower than `from`, and that type: where the text of a value differs from its text there. */
  readonly narrower: ReadonlyMap<string, string>;
}

/**
 * Adds columns to a clean table and widens others, which keep the text of their values. Columns that are generated from those
 * are made again.
 */
export function changeColumns(
  table: string,
  added: readonly TypedColumn[],
  widened: readonly Widening[],
  generated: readonly GeneratedColumn[],
): string {
  const changes = [
    ...generated.map(({ name }) => `drop column ${quoteIdent(name)}`),
    ...widened.map((each) => {
      const column = quoteIdent(each.name);
      return `alter column ${column} type ${each.to} using ${asText(column, each)}::${each.to}`;
    }),
    ...added.map(addition),
    ...generated.map(
      ({ name, type, expression }) =>
        `add column ${quoteIdent(name)} ${type} generated always as (${expression}) stored`,
    ),
  ];
  return `alter table ${qualified('clean', table)} ${changes.join(', ')}`;
}

/**
 * The text of a value as COPY writes it at its source: a cast would write a boolean out and strip the blanks of a char(5), and a
 * date has no hours where it came from.
 */
function asText(column: string, { from, narrower }: Widening): string {
  if (from === 'character varying') return column;
  const own = [...narrower].map(
    ([source, type]) => `when project = ${quoteLiteral(source)} then concat(${column}::${type})`,
  );
  return `case when ${column} is null then null ${own.join(' ')} else concat(${column}) end`;
}

/** Takes rows of a CSV stream with header into raw or a leaf of clean, whose defaults are the project and the batch. */
export function copyIn(into: string, columns: readonly string[]): string {
  return `copy ${into} (${identList(columns)}) from stdin (format csv, header match)`;
}

/** What a landing reads and writes: relations of one project. */
export interface LandingTargets {
  readonly clean: Relation;
  readonly raw: Relation;
  /** The table of the keys that the batch brought, quoted and qualified; see keys-table.ts. */
  readonly keys: string;
}

/**
 * Lands the raw rows of project $1 and batch $2 in clean and counts those inserted and updated. A row that is identical
 * byte for byte is left alone: comparing record images distinguishes nulls, json texts, and 1.0 from 1.00.
 * The key is compared too, because equal keys need not be identical: 1.0 and 1.00. In the order of the key, neighbours in
 * the index are looked up one after the other.
 * `vanished` columns are those that the source no longer has: they become null in a row that has changed, and keep their old
 * values in one that has not. A row that was marked as deleted and comes back loses its mark, and counts as inserted.
 */
export function upsert(
  { clean, raw }: LandingTargets,
  { columns, key, deletes }: TableShape,
  vanished: readonly string[] = [],
): string {
  const marks = deletes === 'mark';
  const names = columns.map(({ name }) => name);
  const all = names.concat(vanished);
  const returned = marks
    ? `(select count(*) from ${raw.name} r join ${clean.name} t on ${sameKey(key, 'r', 't')}
  where r.project = $1 and r.batch = $2 and t.project = $1 and t.deleted_at is not null)`
    : '0';
  const set = [...all, 'batch'].map((name) => `${quoteIdent(name)} = excluded.${quoteIdent(name)}`);
  return `with returned as (select ${returned} as n), landed as (
  insert into ${clean.name} as t (project, ${identList(names)}, batch)
  select project, ${identList(names)}, batch
  from ${raw.name}
  where project = $1 and batch = $2
  order by ${identList(key)}
  on conflict (${clean.parent ? '' : 'project, '}${identList(key)}) do update set ${[...set, ...(marks ? ['deleted_at = null'] : [])].join(', ')}
  where row(${identList(names, 't.')})::record *<> row(${identList(names, 'excluded.')})::record${marks ? ' or t.deleted_at is not null' : ''}
  returning t.xmax = 0 as inserted
)
select count(*) filter (where inserted) + (select n from returned) as inserted,
       count(*) filter (where not inserted) - (select n from returned) as updated
from landed`;
}

/** Lands the raw rows of project $1 and batch $2 in a clean leaf without rows. */
export function insertAll({ clean, raw }: LandingTargets, { columns }: TableShape): string {
  const names = identList(columns.map(({ name }) => name));
  return `insert into ${clean.name} (project, ${names}, batch)
select project, ${names}, batch from ${raw.name} where project = $1 and batch = $2`;
}

/**
 * Makes the rows of project $1 in clean equal to the raw rows of batch $2, as multisets, and counts those deleted and inserted.
 * Rows are compared by their text, since not every type can be compared, and the nth of several equal ones with the nth.
 */
export function replaceRows({ clean, raw }: LandingTargets, { columns }: TableShape): string {
  const names = identList(columns.map(({ name }) => name));
  const content = `row(${names})::text collate "C"`;
  const numbered = `${content} as content, row_number() over (partition by ${content}) as nth`;
  return `with landed as (
  select ctid as at, ${numbered} from ${clean.name} where project = $1
),
brought as (
  select ctid as at, ${numbered} from ${raw.name} where project = $1 and batch = $2
),
compared as (
  select landed.at as landed, brought.at as brought
  from landed full join brought on brought.content = landed.content and brought.nth = landed.nth
  where landed.at is null or brought.at is null
),
deleted as (
  delete from ${clean.name} t using compared where t.ctid = compared.landed returning 1
),
inserted as (
  insert into ${clean.name} (project, ${names}, batch)
  select r.project, ${identList(
    columns.map(({ name }) => name),
    'r.',
  )}, r.batch
  from compared join ${raw.name} r on r.ctid = compared.brought
  returning 1
)
select (select count(*) from deleted) as deleted, (select count(*) from inserted) as inserted`;
}

/** The condition that a row of `t` has a key among those that `from` (of raw) brought for project $1 with batch $2. */
export function amongRaw(from: Relation, key: readonly string[]): string {
  return `exists (select from ${from.name} k where k.project = $1 and k.batch = $2 and ${sameKey(key, 'k', 't')})`;
}

/**
 * Deletes the rows of project $1 of which none of the conditions `present` on `t` holds; with `mark`, sets deleted_at to $3
 * instead, where it is not set yet, and batch to $2.
 */
export function deleteAbsent(clean: Relation, present: readonly string[], mark: boolean): string {
  const absent = present.map((condition) => `not ${condition}`).join(' and ');
  return mark
    ? `update ${clean.name} t set deleted_at = $3::timestamptz, batch = $2 where t.project = $1 and t.deleted_at is null and ${absent}`
    : `delete from ${clean.name} t where t.project = $1 and ${absent}`;
}

/** Counts the rows of project $1 that are `present`, a condition on `t`, without those that are marked as deleted. */
export function countPresent(clean: Relation, present: string, mark: boolean): string {
  return `select count(*) from ${clean.name} t where t.project = $1 and ${present}${mark ? ' and t.deleted_at is null' : ''}`;
}

/** Finds values by which the columns would not be a key of the raw rows of project $1 and batch $2: repeated ones, and nulls. */
export function obstaclesToKey(raw: Relation, columns: readonly string[]): string {
  const names = identList(columns);
  return `select from ${raw.name} where project = $1 and batch = $2 group by ${names}
having count(*) > 1 or num_nulls(${names}) > 0 limit 1`;
}

/**
 * Deletes rows of project $1 that are not `brought`, a condition on `t` (none is where it is absent), and that a `key` would not
 * distinguish: from the raw rows of batch $2, and from each other, except the one that was deleted last.
 */
export function deleteReplaced(
  { clean, raw }: LandingTargets,
  key: readonly string[],
  brought: string | undefined,
  mark: boolean,
): string[] {
  const gone = `t.project = $1${brought === undefined ? '' : ` and not ${brought}`}`;
  const complete = key.map((name) => `t.${quoteIdent(name)} is not null`).join(' and ');
  const last = `${mark ? 't.deleted_at desc nulls first, ' : ''}t.ctid desc`;
  return [
    ...(brought === undefined ? [] : [`delete from ${clean.name} t where ${gone} and ${amongRaw(raw, key)}`]),
    `delete from ${clean.name} d using (
  select t.ctid as at, row_number() over (partition by ${identList(key, 't.')} order by ${last}) as nth
  from ${clean.name} t where ${gone} and ${complete}
) t where d.ctid = t.at and t.nth > 1`,
  ];
}

function sameKey(key: readonly string[], a: string, b: string): string {
  return key.map((name) => `${a}.${quoteIdent(name)} = ${b}.${quoteIdent(name)}`).join(' and ');
}
