import type { TableShape } from '../../../model/batch.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';

/** The raw table of a table's keys; a name that no table of a source can have. */
export function keysTable(table: string): string {
  return `${table}.keys`;
}

/** Makes a raw table: the source's columns, and which project and batch brought a row, from the loading session's settings. */
export function createRaw(table: string, columns: TableShape['columns']): string {
  return `create table ${qualified('raw', table)} (
  project text not null default current_setting('tidehouse.project'),
  batch text not null default current_setting('tidehouse.batch'),
  ${columns.map(({ name, type }) => `${quoteIdent(name)} ${type}`).join(',\n  ')}
)`;
}

/** Makes a clean table: the source's columns under the project's name, without foreign keys. */
export function createClean(table: string, { columns, key }: TableShape): string {
  return `create table ${qualified('clean', table)} (
  project text not null,
  ${columns.map(({ name, type }) => `${quoteIdent(name)} ${type}`).join(',\n  ')},
  batch text not null,
  primary key (project, ${identList(key)})
)`;
}

export function addColumn(
  schema: string,
  table: string,
  { name, type }: TableShape['columns'][number],
): string {
  return `alter table ${qualified(schema, table)} add column ${quoteIdent(name)} ${type}`;
}

/** Takes rows of a CSV stream with header into raw; the batch is the session's setting. */
export function copyIn(table: string, columns: readonly string[]): string {
  return `copy ${qualified('raw', table)} (${identList(columns)}) from stdin (format csv, header match)`;
}

/**
 * Lands the raw rows of project $1 and batch $2 in clean and counts what was inserted and updated. A row that is the
 * same to the byte is left alone: the comparison of record images distinguishes null, json, and 1.0 from 1.00.
 * The key takes part, because keys can be equal and not the same: 1.0 and 1.00.
 * `vanished` columns are those that the source no longer has: they become null.
 */
export function upsert(
  table: string,
  { columns, key }: TableShape,
  vanished: readonly string[] = [],
): string {
  const names = columns.map(({ name }) => name);
  const all = names.concat(vanished);
  return `with landed as (
  insert into ${qualified('clean', table)} as t (project, ${identList(names)}, batch)
  select project, ${identList(names)}, batch
  from ${qualified('raw', table)}
  where project = $1 and batch = $2
  on conflict (project, ${identList(key)}) do update set ${[...all, 'batch'].map((name) => `${quoteIdent(name)} = excluded.${quoteIdent(name)}`).join(', ')}
  where row(${identList(all, 't.')})::record *<> row(${identList(all, 'excluded.')})::record
  returning t.xmax = 0 as inserted
)
select count(*) filter (where inserted) as inserted, count(*) filter (where not inserted) as updated from landed`;
}

/** Deletes the rows of project $1 whose key is not among those that `from` (of raw) brought with batch $2. */
export function deleteMissing(table: string, from: string, key: readonly string[]): string {
  return `delete from ${qualified('clean', table)} t
where t.project = $1
  and not exists (
    select from ${qualified('raw', from)} k
    where k.project = $1 and k.batch = $2
      and ${key.map((name) => `k.${quoteIdent(name)} = t.${quoteIdent(name)}`).join(' and ')}
  )`;
}
