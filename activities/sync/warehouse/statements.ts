import type { TableShape } from '../../../model/batch.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';

/** The name of the raw table of a table's keys; no table of a source can have such a name. */
export function keysTable(table: string): string {
  return `${table}.keys`;
}

/** Creates a raw table: the source's columns, and the project and batch of each row, from the loading session's settings. */
export function createRaw(table: string, columns: TableShape['columns']): string {
  return `create table ${qualified('raw', table)} (
  project text not null default current_setting('tidehouse.project'),
  batch text not null default current_setting('tidehouse.batch'),
  ${columns.map(({ name, type }) => `${quoteIdent(name)} ${type}`).join(',\n  ')}
)`;
}

/** Creates a clean table: the source's columns with the project, without foreign keys. */
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

/** Copies a CSV stream with a header into raw; the project and the batch are settings of the session. */
export function copyIn(table: string, columns: readonly string[]): string {
  return `copy ${qualified('raw', table)} (${identList(columns)}) from stdin (format csv, header match)`;
}

/**
 * Lands the raw rows of project $1 and batch $2 in clean and counts those inserted and updated. A row that is identical
 * byte for byte is left alone: comparing record images distinguishes nulls, json texts, and 1.0 from 1.00.
 * The key is compared too, because equal keys need not be identical: 1.0 and 1.00.
 * `vanished` columns are those that the source no longer has; they become null.
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

/** Deletes the rows of project $1 whose key is not in the raw table `from` with batch $2. */
export function deleteMissing(table: string, from: string, key: readonly string[]): string {
  return `delete from ${qualified('clean', table)} t
where t.project = $1
  and not exists (
    select from ${qualified('raw', from)} k
    where k.project = $1 and k.batch = $2
      and ${key.map((name) => `k.${quoteIdent(name)} = t.${quoteIdent(name)}`).join(' and ')}
  )`;
}
