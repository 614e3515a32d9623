import type { Column, TableShape } from '../../../../model/batch.ts';
import { identList, qualified, quoteIdent, quoteLiteral } from '../../../../model/identifier.ts';
import { wideType } from '../../../../model/wide-type.ts';
import type { WarehouseTable } from '../relations.ts';
import { leafName } from '../relations.ts';

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

/** Adds columns, with the types that the warehouse gives them, to a table of raw or clean. */
export function addColumns(schema: string, table: string, columns: readonly TypedColumn[]): string {
  return `alter table ${qualified(schema, table)} ${columns.map(addition).join(', ')}`;
}

/** Gives a column of a table of raw or clean another name. */
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
