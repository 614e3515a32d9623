import type { Client } from 'pg';
import type { Column, TableShape } from '../../../model/batch.ts';
import type { TableConfig } from '../../../model/config-schema.ts';
import type { Cause } from '../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';
import { sqlFile } from '../../postgres/sql-file.ts';

/** The description of a table in the catalogue. */
interface CatalogTable {
  readonly name: string;
  readonly kind: string;
  /** The current role. */
  readonly role: string;
  readonly usable: boolean;
  readonly readable: boolean;
  readonly filtered: boolean;
  readonly inherited: boolean;
  readonly columns: (Column & { readonly cast: boolean })[];
  readonly keys: { readonly columns: string[]; readonly primary: boolean }[];
  readonly leaves: { readonly oid: string; readonly filenode: string; readonly kind: string }[];
}

/** A table that can be swept: its shape, and the columns to read as text. */
export interface SurveyedTable {
  readonly shape: TableShape;
  readonly castToText: ReadonlySet<string>;
}

/** The schema of the tables at a source. */
export const sourceSchema = 'public';

/**
 * The shapes of `tables` in the current transaction. Throws one final failure with every table that cannot be read
 * losslessly (missing, no privilege, no enforced key, a view …), each with its remedy.
 */
export async function survey(
  client: Client,
  source: string,
  tables: Readonly<Record<string, TableConfig>>,
): Promise<Map<string, SurveyedTable>> {
  const names = Object.keys(tables);
  const { rows } = await client.query<{ found: string }>(sqlFile('source/survey.sql'), [sourceSchema, names]);
  const catalog = new Map(
    rows.map((row) => JSON.parse(row.found) as CatalogTable).map((table) => [table.name, table]),
  );
  const surveyed = new Map<string, SurveyedTable>();
  const causes: Cause[] = [];
  for (const name of names) {
    const table = catalog.get(name);
    const wantedKey = tables[name]?.key;
    const obstacle = table ? obstacleTo(table) : missing;
    const key = table && chooseKey(table, wantedKey);
    if (obstacle) causes.push({ table: name, ...obstacle });
    else if (table && key) surveyed.set(name, withKey(table, key));
    else causes.push({ table: name, ...noKey(name, wantedKey) });
  }
  const [first, ...others] = causes;
  if (first)
    throw createFailure(failureTypes.cannotRead, { source, causes: [first, ...others] }, { final: true });
  return surveyed;
}

function withKey({ columns, leaves }: CatalogTable, key: readonly string[]): SurveyedTable {
  return {
    shape: {
      columns: columns.map(({ name, type, origin }) => ({ name, type, origin })),
      key,
      leaves: leaves.map(({ oid, filenode }) => ({ oid, filenode })),
    },
    castToText: new Set(columns.filter(({ cast }) => cast).map(({ name }) => name)),
  };
}

type Obstacle = Omit<Cause, 'table'>;

const missing: Obstacle = {
  problem: `it does not exist in schema ${sourceSchema}`,
  advice: 'Create it, or remove it from the config.',
};

/** Why a table cannot be read losslessly, whatever its key. */
function obstacleTo(table: CatalogTable): Obstacle | undefined {
  const role = quoteIdent(table.role);
  if (!table.usable)
    return {
      problem: `the role ${role} has no privilege on schema ${sourceSchema}`,
      advice: 'Run at the source:',
      sql: `grant usage on schema ${quoteIdent(sourceSchema)} to ${role}`,
    };
  if (!table.readable)
    return {
      problem: `the role ${role} is not allowed to read it`,
      advice: 'Run at the source:',
      sql: `grant select on ${qualified(sourceSchema, table.name)} to ${role}`,
    };
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
  if (table.inherited)
    return {
      problem: 'other tables inherit from it, and its key is not unique across them',
      advice: 'Sync those tables by name.',
    };
  if (table.leaves.some((leaf) => leaf.kind === 'f'))
    return {
      problem: 'one of its partitions is a foreign table, in which changed rows cannot be recognised',
      advice: 'Sync that partition from its own server.',
    };
  const reserved = table.columns.find(({ name }) => name === 'project' || name === 'batch');
  if (reserved)
    return {
      problem: `it has a column "${reserved.name}", a name reserved by the warehouse`,
      advice: 'Rename the column at the source.',
    };
  return undefined;
}

const kinds: Readonly<Record<string, string>> = {
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
};

function chooseKey(table: CatalogTable, wanted: readonly string[] | undefined): string[] | undefined {
  if (!wanted) return (table.keys.find((key) => key.primary) ?? table.keys[0])?.columns;
  const isWanted = (columns: readonly string[]) =>
    [...columns].sort().join('\0') === [...wanted].sort().join('\0');
  return table.keys.find((key) => isWanted(key.columns))?.columns;
}

function noKey(table: string, wanted: readonly string[] | undefined): Obstacle {
  if (!wanted)
    return {
      problem: 'it has no primary key, and no unique index over columns that are not null',
      advice: 'Add a primary key at the source, or remove the table from the config.',
    };
  return {
    problem: `the source does not enforce the configured key (${wanted.join(', ')})`,
    advice: 'Correct the config. Or, if these columns are unique and not null, run at the source:',
    sql: `alter table ${qualified(sourceSchema, table)} ${wanted.map((name) => `alter column ${quoteIdent(name)} set not null, `).join('')}add unique (${identList(wanted)})`,
  };
}
