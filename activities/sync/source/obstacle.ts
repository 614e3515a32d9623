import type { Strategy, TableShape } from '../../../model/batch.ts';
import { formatBytes } from '../../../model/bytes.ts';
import type { TableConfig } from '../../../model/table-config.ts';
import type { Cause } from '../../../model/failure.ts';
import { numberOf } from '../../../model/renamed-columns.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';
import type { CatalogTable } from './catalog.ts';
import type { SelectedColumn } from './selected-column.ts';

/** Why a table cannot be read, and what to do about it. */
export type Obstacle = Omit<Cause, 'table'>;

/** Why a table with an error in its line of the config is not read. */
export function errorInConfig(error: string): Obstacle {
  return {
    problem: `the config has an error: ${error}`,
    advice: 'Correct the config; the next run then goes on with the table from where it was left.',
  };
}

/** Why a table cannot be read losslessly with the strategy; undefined when it can. */
export function obstacleTo(
  table: CatalogTable,
  selected: readonly SelectedColumn[],
  strategy: Strategy,
): Obstacle | undefined {
  if (!/^[rpvmf]$/.test(table.kind))
    return { problem: 'it is not a table or a view', advice: 'Remove it from the config.' };
  const denied = obstacleToRole(table, selected, strategy);
  if (denied) return denied;
  if (!table.populated)
    return {
      problem: 'it is a materialized view that has not been populated',
      advice: 'Run at the source:',
      sql: `refresh materialized view ${qualified(table.schema, table.name)}`,
    };
  if (selected.length === 0)
    return { problem: 'it has no columns', advice: 'Add one, or remove it from the config.' };
  if (selected.length > maxColumns)
    return {
      problem: `it has ${selected.length} columns, and in the warehouse, which adds two, a table can have 1600`,
      advice: 'Leave some of them out in the config, with columns: { except: […] }.',
    };
  return undefined;
}

/** Everything that the role lacks to read all rows and columns, with the statements that grant it; undefined when it lacks nothing. */
function obstacleToRole(
  table: CatalogTable,
  selected: readonly SelectedColumn[],
  strategy: Strategy,
): Obstacle | undefined {
  const role = quoteIdent(table.role);
  const relation = qualified(table.schema, table.name);
  const unreadable = selected.filter(({ source }) => !source.readable).map(({ source }) => source.name);
  const isUnreadable = unreadable.length === selected.length && selected.length > 0;
  const lacksXmin = strategy === 'sweep' && table.sweepable === false;
  const columns = isUnreadable ? [] : [...unreadable, ...(lacksXmin ? ['xmin'] : [])];
  const lacks: (readonly [problem: string, sql: string])[] = [];
  if (isUnreadable) lacks.push(['is not allowed to read it', `grant select on ${relation} to ${role}`]);
  if (columns.length > 0)
    lacks.push([
      `is not allowed to read the ${columns.length === 1 ? 'column' : 'columns'} ${columns.join(', ')}`,
      `grant select (${identList(columns)}) on ${relation} to ${role}`,
    ]);
  if (!table.usable)
    lacks.push([
      `has no privilege on its schema ${table.schema}`,
      `grant usage on schema ${quoteIdent(table.schema)} to ${role}`,
    ]);
  if (table.filtered)
    lacks.push(['sees only some of its rows, because of row-level security', `alter role ${role} bypassrls`]);
  if (lacks.length === 0) return undefined;
  const advice =
    columns.length === 0
      ? 'Run at the source:'
      : unreadable.length > 0
        ? 'Leave columns out in the config, with columns: { except: […] }; or, to read them all, run at the source:'
        : 'By xmin, a column that each table has, changed rows are found. Run at the source:';
  return {
    problem: `the role ${role} ${lacks.map(([problem]) => problem).join(', and ')}`,
    advice,
    sql: lacks.map(([, sql]) => sql).join('; '),
  };
}

/** Postgres's own limit, less the warehouse's project and batch. */
const maxColumns = 1_598;

/**
 * Why a table is not read of which the source has renamed a column that the config leaves out or masks: under its new name it
 * would be read as it is. `hidden` are these columns with their numbers, as they were when it last landed.
 */
export function obstacleToHiding(
  table: CatalogTable,
  hidden: TableShape['hidden'] = {},
  { columns, mask }: TableConfig,
  selected: readonly SelectedColumn[],
): Obstacle | undefined {
  const isNamed = (name: string) =>
    (mask !== undefined && Object.hasOwn(mask, name)) ||
    (columns !== undefined && 'except' in columns && columns.except.includes(name));
  const shown = Object.entries(hidden).flatMap(([name, number]) => {
    if (!isNamed(name) || table.columns.some((column) => column.name === name)) return [];
    const now = selected.find(({ source }) => numberOf(source.origin) === number);
    return now && now.mask === undefined ? [`${name} (now ${now.source.name})`] : [];
  });
  if (shown.length === 0) return undefined;
  return {
    problem: `the source has renamed columns that the config leaves out or masks: ${shown.join(', ')}`,
    advice: 'Write the new names in the config, so that their values stay where they are.',
  };
}

/** Why the deleted rows of a table that has its own column deleted_at cannot be marked. */
function markTaken(): Obstacle {
  return {
    problem: 'the config marks its deleted rows in a column deleted_at, and it has such a column itself',
    advice: 'Leave out its own, with columns: { except: [deleted_at] }, or use deletes: keep or mirror.',
  };
}

/** Why the deleted rows of a table of the session analytics cannot be marked. */
export function analysedMarked(): Obstacle {
  return {
    problem: 'the config marks its deleted rows, and the session analytics count all rows of this table',
    advice: 'Use deletes: mirror or keep for it in the config.',
  };
}

/** Why a table of the session analytics is not read that lacks some of the columns that they read. */
export function analysedLacks(columns: readonly string[], table: string): Obstacle {
  return {
    problem: `the session analytics read ${columns.join(', ')} of it, which it lacks or the config leaves out`,
    advice: `Read these columns; or, if it is another table, give it another name in the config: ${table}: { as: another_name }.`,
  };
}

/** Why the deleted rows of a table cannot be marked or kept; undefined when they can, or when they are deleted. */
export function obstacleToDeletes(
  deletes: TableConfig['deletes'],
  selected: readonly SelectedColumn[],
  copied: string | undefined,
): Obstacle | undefined {
  if (deletes === undefined || deletes === 'mirror') return undefined;
  if (copied !== undefined)
    return {
      problem: `the config ${deletes === 'mark' ? 'marks' : 'keeps'} its deleted rows, and without a key they cannot be recognised (${copied})`,
      advice: 'Name unique columns in the config, with key: […], or use deletes: mirror.',
    };
  const taken = deletes === 'mark' && selected.some(({ column }) => column.name === 'deleted_at');
  return taken ? markTaken() : undefined;
}

/** Why a table with a key in the config that is copied all the same is not read; undefined when there is none. */
export function obstacleToCopy(
  key: readonly string[] | undefined,
  copied: string | undefined,
): Obstacle | undefined {
  if (key === undefined || copied === undefined) return undefined;
  return {
    problem: `the config names a key, (${key.join(', ')}), and the table is copied whole, which needs none (${copied})`,
    advice: 'Remove the key from the config.',
  };
}

/** Why a table without a key by which its rows could be recognised is not copied of itself. */
export function noKey(bytes: number): Obstacle {
  return {
    problem: `it has no primary key, and no unique index over columns that are not null; with ${formatBytes(bytes)} it is too large to be copied whenever it changes`,
    advice:
      'Add a primary key at the source, or name unique columns in the config, with key: […], or copy it all the same, with strategy: copy.',
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
