import type { Client } from 'pg';
import type { Column, TableBatch, TableShape } from '../../../model/batch.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { qualified } from '../../../model/identifier.ts';
import { commonType, holds } from '../../../model/wide-type.ts';
import { changedKeys } from './changed-keys.ts';
import { generatedFrom, rawOwn, takes } from './changed-types.ts';
import type { TableName } from './relations.ts';
import { makesLeaves, readTables } from './relations.ts';
import type { TypedColumn } from './statements.ts';
import { addColumns, changeColumns, createClean, createLeaf, createRaw, renameColumn } from './statements.ts';
import type { Columns } from './table-columns.ts';
import { readColumns } from './table-columns.ts';

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
function wantedTables(tables: readonly TableBatch[], existing: ReadonlyMap<string, Columns>): WantedTable[] {
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
  readonly create: readonly string[];
  readonly alter: readonly Alteration[];
}

interface Alteration {
  /** The table at the source. */
  readonly table: string;
  readonly statement: string;
  /** It may write every row again, during which readers wait. */
  readonly rewrites: boolean;
  /** What else the table needs shows only afterwards. */
  readonly more?: true;
}

/** The statements that the tables of the source need. Throws CannotLand for a flat table whose key has changed. */
export async function statementsFor(
  client: Client,
  source: string,
  tables: readonly TableBatch[],
): Promise<Statements> {
  const existing = await readColumns(client);
  const wanted = wantedTables(tables, existing);
  const found = new Map(
    (await readTables(client, source, wanted)).map((each) => [`${each.schema}.${each.name}`, each]),
  );
  const renaming = tables.flatMap((table) => renameColumns(table, existing));
  const partitioned = found.size < wanted.length && (await makesLeaves(client));
  const creating: string[] = [];
  const alter: Alteration[] = [...renaming];
  const isRenamed = (name: string) => renaming.some(({ table }) => table === name);
  for (const table of [...wanted].sort(byName)) {
    const { schema, name, of, columns, create } = table;
    const have = existing.get(`${schema}.${name}`);
    const present = found.get(`${schema}.${name}`);
    if (!have || !present) {
      creating.push(create(partitioned), ...(partitioned ? createLeaf(table, source) : []));
      continue;
    }
    const leaf = present.partitioned ? createLeaf(table, source) : [];
    if (isRenamed(of)) {
      if (!present.relation) creating.push(...leaf);
      continue;
    }
    const added = columns.filter((column) => !have.has(column.name));
    if (schema === 'raw' && columns.some((column) => !takes(have.get(column.name), column.type))) {
      // Raw holds nothing that is not brought again: it follows clean by being made anew.
      const kept = [...have].filter(([column]) => !columns.some((each) => each.name === column));
      const all = [
        ...columns,
        ...kept.filter(([column]) => !rawOwn.has(column)).map(([column, type]) => ({ name: column, type })),
      ];
      const remake = [
        `drop table ${qualified(schema, name)}`,
        createRaw(name, all, present.partitioned),
        ...leaf,
      ];
      alter.push({ table: of, statement: remake.join(';\n'), rewrites: false });
      continue;
    }
    const widened = columns.filter(
      (column) => have.has(column.name) && !holds(have.get(column.name)!, column.type),
    );
    if (schema === 'clean' && widened.length > 0) {
      const changes = widened.map((column) => ({
        name: column.name,
        from: have.get(column.name)!,
        to: commonType(have.get(column.name)!, column.type),
      }));
      const statement = changeColumns(name, added, changes, await generatedFrom(client, name, changes));
      alter.push({ table: of, statement, rewrites: true });
    } else if (added.length > 0)
      alter.push({ table: of, statement: addColumns(schema, name, added), rewrites: false });
    if (!present.relation) creating.push(...leaf);
  }
  const [first, ...others] = await changedKeys(
    client,
    tables.filter(({ table }) => !isRenamed(table)),
  );
  if (!first) return { create: creating, alter };
  throw createFailure(failureTypes.cannotLand, { source, causes: [first, ...others] }, { final: true });
}

/** What gives the columns of a table that its source has renamed their new names, where clean has the earlier ones and not the new. */
function renameColumns(
  { table, renamed = [] }: TableBatch,
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
