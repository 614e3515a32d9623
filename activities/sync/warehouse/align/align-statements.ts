import type { Client } from 'pg';
import type { TableBatch } from '../../../../model/batch.ts';
import type { Cause } from '../../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../../model/failure.ts';
import { commonType, holds } from '../../../../model/wide-type.ts';
import type { TableName } from '../relations.ts';
import { findTables, makesLeaves } from '../relations.ts';
import { moveAside } from './analyst-columns.ts';
import { changedKeys } from './changed-keys.ts';
import { fits, remakeRaw, takes, widenClean } from './changed-types.ts';
import type { Columns } from './table-columns.ts';
import { cleanColumns, otherColumns, readColumns } from './table-columns.ts';
import type { TypedColumn } from './table-statements.ts';
import { addColumns, createClean, createLeaf, createRaw, renameColumn } from './table-statements.ts';
import { takenNames } from './taken-names.ts';

/** What a batch says of a table's columns. */
export type AlignedTable = Pick<TableBatch, 'table' | 'shape' | 'whole' | 'renamed' | 'added'>;

interface WantedTable extends TableName {
  /** The table at the source. */
  readonly of: string;
  readonly columns: readonly TypedColumn[];
  readonly create: (partitioned: boolean) => string;
}

/**
 * Clean with the columns of the source, and raw with the types that clean has, or will have when it holds them. Raw comes first:
 * what only clean has would be an analyst's.
 */
function wantedTables(
  tables: readonly AlignedTable[],
  existing: ReadonlyMap<string, Columns>,
): WantedTable[] {
  return tables.flatMap(({ table, shape }): WantedTable[] => {
    const clean = existing.get(`clean.${table}`) ?? new Map<string, string>();
    const columns = cleanColumns(shape);
    const staged = columns.map(({ name, type }) => {
      const have = clean.get(name) ?? type;
      return { name, type: holds(have, type) ? have : commonType(have, type) };
    });
    const vanished = otherColumns(
      clean,
      columns.map(({ name }) => name),
    );
    return [
      {
        schema: 'raw',
        name: table,
        of: table,
        columns: staged,
        create: (p) => createRaw(table, [...staged, ...vanished], p),
      },
      {
        schema: 'clean',
        name: table,
        of: table,
        columns,
        create: (p) => createClean(table, { ...shape, columns }, p),
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

/** One statement that alters a table of raw or clean. */
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

/**
 * The statements that the tables of the source need. Throws CannotLand for a name that something else has in clean, and for
 * a flat table whose key has changed.
 */
export async function statementsFor(
  client: Client,
  source: string,
  tables: readonly AlignedTable[],
): Promise<Statements> {
  const existing = await readColumns(client, tables);
  const wanted = wantedTables(tables, existing);
  const found = new Map(
    (await findTables(client, source, wanted)).map((each) => [`${each.schema}.${each.name}`, each]),
  );
  const renaming = await renameColumns(client, tables, existing);
  const renamed = new Set(renaming.map(({ table }) => table));
  const lacking = tables.flatMap(({ table }) => (existing.has(`raw.${table}`) ? [] : [table]));
  const taken = lacking.length > 0 ? await takenNames(client, lacking) : [];
  const keyed = tables.filter(
    (each) => !renamed.has(each.table) && !taken.some(({ table }) => table === each.table),
  );
  refuse(source, [...taken, ...(await changedKeys(client, keyed))]);
  const incomplete = tables.filter((table) => !table.whole && lacksColumns(table, existing));
  const partitioned = found.size < wanted.length && (await makesLeaves(client));
  const create: Creation[] = [];
  const alter: Alteration[] = [...renaming];
  for (const table of wanted.sort(byName)) {
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

function refuse(source: string, [first, ...others]: readonly Cause[]): void {
  if (first)
    throw createFailure(failureTypes.cannotLand, { source, causes: [first, ...others] }, { final: true });
}

/** Whether clean lacks the table, or a column of it that is not one that it has under an earlier name, and not a new one. */
function lacksColumns(
  { table, shape, renamed = [], added = [] }: AlignedTable,
  existing: ReadonlyMap<string, Columns>,
): boolean {
  const clean = existing.get(`clean.${table}`);
  const earlierName = (name: string) => renamed.find(({ to }) => to === name)?.from ?? name;
  return shape.columns.some(
    ({ name }) => !clean?.has(name) && !clean?.has(earlierName(name)) && !(clean && added.includes(name)),
  );
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
 * What gives columns of clean other names: an analyst's, where the source brings one of that name, and then those that the source
 * has renamed, where clean has the earlier name and not the new.
 */
async function renameColumns(
  client: Client,
  tables: readonly AlignedTable[],
  existing: ReadonlyMap<string, Columns>,
): Promise<Alteration[]> {
  const alterations: Alteration[] = [];
  for (const { table, shape, renamed = [] } of tables) {
    const clean = existing.get(`clean.${table}`);
    const raw = existing.get(`raw.${table}`);
    const added = cleanColumns(shape).flatMap(({ name }) => (clean?.has(name) ? [] : [name]));
    if (!clean || added.length === 0) continue;
    const aside = await moveAside(client, table, added);
    const statements = renamed
      .filter(({ from, to }) => clean.has(from) && !clean.has(to))
      .flatMap(({ from, to }) => [
        renameColumn('clean', table, from, to),
        ...(raw?.has(from) && !raw.has(to) ? [renameColumn('raw', table, from, to)] : []),
      ]);
    for (const group of [aside, statements])
      if (group.length > 0)
        alterations.push({ table, statement: group.join(';\n'), rewrites: false, more: true });
  }
  return alterations;
}

/** Compares by name alone, so that raw stays before clean. */
function byName({ name: a }: TableName, { name: b }: TableName): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
