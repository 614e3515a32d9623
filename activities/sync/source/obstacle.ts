import type { Cause } from '../../../model/failure.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';
import type { CatalogTable } from './catalog-table.ts';
import type { SelectedColumn } from './selected-column.ts';

/** Why a table cannot be read, and what to do about it. */
export type Obstacle = Omit<Cause, 'table'>;

/** Why a table cannot be read losslessly, whatever its key; undefined when it can. */
export function obstacleTo(table: CatalogTable, selected: readonly SelectedColumn[]): Obstacle | undefined {
  const role = quoteIdent(table.role);
  if (!table.usable)
    return {
      problem: `the role ${role} has no privilege on schema ${table.schema}`,
      advice: 'Run at the source:',
      sql: `grant usage on schema ${quoteIdent(table.schema)} to ${role}`,
    };
  const unreadable = selected.filter(({ source }) => !source.readable);
  if (unreadable.length === selected.length && selected.length > 0)
    return {
      problem: `the role ${role} is not allowed to read it`,
      advice: 'Run at the source:',
      sql: `grant select on ${qualified(table.schema, table.name)} to ${role}`,
    };
  if (unreadable.length > 0 || table.sweepable === false) {
    const names = unreadable.map(({ source }) => source.name);
    const missing = table.sweepable === false ? [...names, 'xmin'] : names;
    return {
      problem: `the role ${role} is not allowed to read the columns ${missing.join(', ')}`,
      advice:
        names.length > 0
          ? 'Leave them out in the config, with columns: { except: […] }. Or run at the source:'
          : 'By xmin, a column that each table has, changed rows are found. Run at the source:',
      sql: `grant select (${identList(missing)}) on ${qualified(table.schema, table.name)} to ${role}`,
    };
  }
  if (table.kind !== 'r' && table.kind !== 'p')
    return {
      problem: `it is a ${kinds[table.kind] ?? 'relation'}, in which changed rows cannot be recognised`,
      advice: 'Sync the tables that it reads instead.',
    };
  if (table.filtered)
    return {
      problem: `row-level security shows the role ${role} only some of its rows`,
      advice: 'Run at the source:',
      sql: `alter role ${role} bypassrls`,
    };
  if (table.leaves.some((leaf) => leaf.kind === 'f'))
    return {
      problem: 'one of its partitions is a foreign table, in which changed rows cannot be recognised',
      advice: 'Sync that partition from its own server.',
    };
  if (selected.length > maxColumns)
    return {
      problem: `it has ${selected.length} columns, and in the warehouse, which adds two, a table can have 1600`,
      advice: 'Leave some of them out in the config, with columns: { except: […] }.',
    };
  return undefined;
}

/** Postgres's own limit, less the warehouse's project and batch. */
const maxColumns = 1_598;

const kinds: Readonly<Record<string, string>> = {
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
};

/** Why a table has no key by which its rows could be recognised. */
export function noKey(): Obstacle {
  return {
    problem: 'it has no primary key, and no unique index over columns that are not null',
    advice:
      'Add a primary key at the source, or name unique columns in the config, with key: […], or remove the table from the config.',
  };
}

/** Why the rows cannot be recognised by these columns in the warehouse; undefined when they can. */
export function obstacleToKey(
  key: readonly string[],
  table: CatalogTable,
  selected: readonly SelectedColumn[],
): Obstacle | undefined {
  const absent = key.filter((name) => !table.columns.some((column) => column.name === name));
  if (absent.length > 0)
    return {
      problem: `it has no column ${absent.join(', ')}, which the config names as its key`,
      advice: 'Correct the key in the config.',
    };
  const leftOut = key.filter((name) => !selected.some(({ source }) => source.name === name));
  if (leftOut.length > 0)
    return {
      problem: `the config leaves out ${leftOut.join(', ')}, a part of its key`,
      advice: 'Read the whole key, or name another in the config, with key: […].',
    };
  const blurred = selected.filter(
    ({ source, mask }) => key.includes(source.name) && mask !== undefined && mask !== 'sha256',
  );
  if (blurred.length > 0)
    return {
      problem: `the config masks ${blurred.map(({ source }) => source.name).join(', ')}, a part of its key, so that rows could not be distinguished`,
      advice: 'Mask it with sha256, or name another key in the config, with key: […].',
    };
  return undefined;
}
