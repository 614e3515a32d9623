import type { Client } from 'pg';
import type { Column, TableBatch, TableShape } from '../../../model/batch.ts';
import { qualified } from '../../../model/identifier.ts';
import { commonType, holds } from '../../../model/wide-type.ts';
import { refuseChangedKeys } from './changed-keys.ts';
import { fits, remakeRaw, takes, widenClean } from './changed-types.ts';
import type { TableName } from './relations.ts';
import { findTables, makesLeaves } from './relations.ts';
import type { TypedColumn } from './landing-statements.ts';
import { addColumns, createClean, createLeaf, createRaw, renameColumn } from './landing-statements.ts';
import type { Columns } from './table-columns.ts';
import { readColumns } from './table-columns.ts';

/** What a batch says of a table's columns. */
export type AlignedTable = Pick<TableBatch, 'table' | 'shape' | 'whole' | 'renamed'>;

interface WantedTable extends TableName {
  /** The table at the source. */
  readonly of: string;
  readonly columns: readonly TypedColumn[];
  readonly create: (partitioned: boolean) => string;
}

/** The source's columns, and the one that marks deleted rows. */
function cleanColumns({ columns, deletes }: TableShape): readonly Column[] {
  if (deletes !== 'mark') return columns;
  return [...columns, { name: 'deleted_at', type: 'timestamp with time zone', origin: '' }];
}

/** Clean with the columns of the source, and raw with the types that clean has, or will have when it holds them. */
function wantedTables(
  tables: readonly AlignedTable[],
  existing: ReadonlyMap<string, Columns>,
): WantedTable[] {
  return tables.flatMap(({ table, shape }): WantedTable[] => {
    const clean = existing.get(`clean.${table}`);
    const staged = shape.columns.map(({ name, type }) => {
      const have = clean?.get(name) ?? type;
      return { name, type: holds(have, type) ? have : commonType(have, type) };
    });
    return [
      {
        schema: 'clean',
        name: table,
        of: table,
        columns: cleanColumns(shape),
        create: (p) => createClean(table, { ...shape, columns: cleanColumns(shape) }, p),
      },
      {
        schema: 'raw',
        name: table,
        of: table,
        columns: staged,
        create: (p) => createRaw(table, staged, p),
      },
    ];
  });
}

/** What makes the missing tables and leaves, and what alters existing tables, in the order of their names. */
interface Statements {
  readonly create: readonly Creation[];
  readonly alter: readonly Alteration[];
  /** The tables of which clean lacks columns that only changed rows would fill: they have to be read whole. */
  readonly incomplete: readonly string[];
}

interface Creation {
  /** The table at the source. */
  readonly table: string;
  readonly statement: string;
}

export interface Alteration {
  /** The table at the source. */
  readonly table: string;
  readonly statement: string;
  /** It may write every row again, during which readers wait. */
  readonly rewrites: boolean;
  /** The columns of clean of which the type changes; absent when there are none. */
  readonly retypes?: readonly string[];
  /** What else the table needs shows only afterwards. */
  readonly more?: true;
}

/** The statements that the tables of the source need. Throws CannotLand for a flat table whose key has changed. */
export async function statementsFor(
  client: Client,
  source: string,
  tables: readonly AlignedTable[],
): Promise<Statements> {
  const existing = await readColumns(client);
  const wanted = wantedTables(tables, existing);
  const found = new Map(
    (await findTables(client, source, wanted)).map((each) => [`${each.schema}.${each.name}`, each]),
  );
  const renaming = tables.flatMap((table) => renameColumns(table, existing));
  const renamed = new Set(renaming.map(({ table }) => table));
  await refuseChangedKeys(
    client,
    source,
    tables.filter(({ table }) => !renamed.has(table)),
  );
  const incomplete = tables.filter((table) => !table.whole && lacksColumns(table, existing));
  const partitioned = found.size < wanted.length && (await makesLeaves(client));
  const create: Creation[] = [];
  const alter: Alteration[] = [...renaming];
  for (const table of [...wanted].sort(byName)) {
    const have = existing.get(`${table.schema}.${table.name}`);
    const present = found.get(`${table.schema}.${table.name}`);
    const missing = [
      ...(!have || !present ? [table.create(partitioned)] : []),
      ...(!present?.relation && (present?.partitioned ?? partitioned) ? createLeaf(table, source) : []),
    ];
    create.push(...missing.map((statement) => ({ table: table.of, statement })));
    if (have && present && !renamed.has(table.of))
      alter.push(...(await alterationsOf(client, source, table, { have, ...present })));
  }
  return { create, alter, incomplete: incomplete.map(({ table }) => table) };
}

/** Whether clean lacks the table, or a column of it that is not one that it has under an earlier name. */
function lacksColumns(
  { table, shape, renamed = [] }: AlignedTable,
  existing: ReadonlyMap<string, Columns>,
): boolean {
  const clean = existing.get(`clean.${table}`);
  const earlierName = (name: string) => renamed.find(({ to }) => to === name)?.from ?? name;
  return shape.columns.some(({ name }) => !clean?.has(name) && !clean?.has(earlierName(name)));
}

/** What alters a table that is there: nothing, or one statement. */
async function alterationsOf(
  client: Client,
  source: string,
  { schema, name, of, columns }: WantedTable,
  { have, partitioned }: { readonly have: Columns; readonly partitioned: boolean },
): Promise<Alteration[]> {
  if (schema === 'raw' && columns.some((column) => !takes(have.get(column.name), column.type))) {
    const leaf = partitioned ? createLeaf({ schema, name }, source) : [];
    const statement = [...remakeRaw(name, columns, have, partitioned), ...leaf].join(';\n');
    return [{ table: of, statement, rewrites: false }];
  }
  const added = columns.filter((column) => !have.has(column.name));
  const aside = schema === 'clean' && added.length > 0 ? await moveAside(client, name, added) : [];
  if (aside.length > 0) return [{ table: of, statement: aside.join(';\n'), rewrites: false, more: true }];
  const widened =
    schema === 'raw' ? [] : columns.filter((column) => !fits(have.get(column.name), column.type));
  if (widened.length > 0) {
    const statement = await widenClean(client, name, { added, widened, have });
    return [{ table: of, statement, rewrites: true, retypes: widened.map((each) => each.name) }];
  }
  if (added.length === 0) return [];
  return [{ table: of, statement: addColumns(schema, name, added), rewrites: false }];
}

/**
 * What gives the columns that an analyst generates another name, with an underscore, where the source adds one of theirs: their
 * values stay, and what reads them still does.
 */
async function moveAside(client: Client, table: string, added: readonly TypedColumn[]): Promise<string[]> {
  const { rows } = await client.query<Record<'name' | 'generated', string>>(
    `select attname as name, attgenerated <> '' as generated from pg_attribute
     where attrelid = $1::regclass and attnum > 0`,
    [qualified('clean', table)],
  );
  const taken = new Set([...rows, ...added].map(({ name }) => name));
  return rows
    .filter(({ name, generated }) => generated === 't' && added.some((each) => each.name === name))
    .map(({ name }) => {
      let other = `${name}_`;
      while (taken.has(other)) other += '_';
      taken.add(other);
      return renameColumn('clean', table, name, other);
    });
}

/**
 * What gives the columns of a table that its source has renamed their new names, where clean has the earlier ones and not
 * the new.
 */
function renameColumns(
  { table, renamed = [] }: AlignedTable,
  existing: ReadonlyMap<string, Columns>,
): Alteration[] {
  const clean = existing.get(`clean.${table}`);
  const raw = existing.get(`raw.${table}`);
  const statements = renamed
    .filter(({ from, to }) => clean?.has(from) && !clean.has(to))
    .flatMap(({ from, to }) => [
      renameColumn('clean', table, from, to),
      ...(raw?.has(from) && !raw.has(to) ? [renameColumn('raw', table, from, to)] : []),
    ]);
  return statements.length === 0
    ? []
    : [{ table, statement: statements.join(';\n'), rewrites: false, more: true }];
}

function byName(a: TableName, b: TableName): number {
  const [left, right] = [qualified(a.schema, a.name), qualified(b.schema, b.name)];
  return left < right ? -1 : left > right ? 1 : 0;
}
