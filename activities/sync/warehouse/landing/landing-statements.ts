import type { KeyRanges, TableShape } from '../../../../model/batch.ts';
import { identList, quoteIdent } from '../../../../model/identifier.ts';
import type { Relation } from '../relations.ts';

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

/** Ranges of keys whose numbers are a parameter of a statement. */
type NumberedRanges = Omit<KeyRanges, 'numbers'> & { readonly numbers: string };

/**
 * Deletes the rows of project $1 of which none of the conditions `present` on `t` holds; with `mark`, sets deleted_at to $3
 * instead, where it is not set yet, and batch to $2. With `ranges`, only rows in these ranges of keys, whose numbers are a
 * parameter: each range is looked up in the index of the key, before the planner can think of reading all rows.
 */
export function deleteAbsent(
  { name }: Relation,
  present: readonly string[],
  mark: boolean,
  ranges?: NumberedRanges,
): string {
  const absent = ['true', ...present.map((condition) => `not ${condition}`)].join(' and ');
  const gone = ranges ? `t.ctid = any (array(${rowsOfRanges(name, ranges)} where ${absent}))` : absent;
  return mark
    ? `update ${name} t set deleted_at = $3::timestamptz, batch = $2 where t.project = $1 and t.deleted_at is null and ${gone}`
    : `delete from ${name} t where t.project = $1 and ${gone}`;
}

function rowsOfRanges(name: string, { column, bits, numbers }: NumberedRanges): string {
  const least = `r.number << ${bits}`;
  const others = 2n ** BigInt(bits) - 1n;
  return `with t as materialized (
  select t.ctid, t.* from unnest(${numbers}::bigint[]) r (number)
  join ${name} t on t.project = $1 and t.${quoteIdent(column)} between ${least} and (${least}) + ${others}
)
select ctid from t`;
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

/** The condition that the rows `a` and `b` have the same key. */
export function sameKey(key: readonly string[], a: string, b: string): string {
  return key.map((name) => `${a}.${quoteIdent(name)} = ${b}.${quoteIdent(name)}`).join(' and ');
}
