import { ApplicationFailure } from '@temporalio/activity';
import type { Client } from 'pg';
import type { Column, TableShape } from '../../../model/batch.ts';
import type { TableConfig } from '../../../model/config-schema.ts';
import { failureTypes } from '../../../model/failure.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';
import { sqlFile } from '../../postgres/sql-file.ts';

interface Found {
  readonly name: string;
  readonly kind: string;
  readonly usable: boolean;
  readonly readable: boolean;
  readonly filtered: boolean;
  readonly inherited: boolean;
  readonly columns: (Column & { readonly cast: boolean })[];
  readonly keys: { readonly columns: string[]; readonly primary: boolean }[];
  readonly leaves: { readonly oid: string; readonly filenode: string; readonly kind: string }[];
}

/** A table that can be swept: its shape, and the columns that must be cast to text to travel. */
export interface Surveyed {
  readonly shape: TableShape;
  readonly castToText: ReadonlySet<string>;
}

/** The schema of a source in which its tables are. */
export const sourceSchema = 'public';

/**
 * What `tables` look like in the current transaction. Throws one final failure that names every table that cannot be
 * read losslessly (missing, no privilege, no enforced key, a view …), each with what to do.
 */
export async function survey(
  client: Client,
  source: string,
  tables: Readonly<Record<string, TableConfig>>,
): Promise<Map<string, Surveyed>> {
  const names = Object.keys(tables);
  const { rows } = await client.query<{ found: string }>(sqlFile('source/survey.sql'), [sourceSchema, names]);
  const found = new Map(
    rows.map((row) => JSON.parse(row.found) as Found).map((table) => [table.name, table]),
  );
  const surveyed = new Map<string, Surveyed>();
  const problems: string[] = [];
  for (const name of names) {
    const table = found.get(name);
    const problem = whyNot(name, table);
    const key = table && chooseKey(table, tables[name]?.key);
    if (problem) problems.push(problem);
    else if (table && key) {
      const { columns, leaves } = table;
      surveyed.set(name, {
        shape: {
          columns: columns.map(({ name: column, type, origin }) => ({ name: column, type, origin })),
          key,
          leaves: leaves.map((leaf) => ({ oid: leaf.oid, filenode: leaf.filenode })),
        },
        castToText: new Set(columns.filter((column) => column.cast).map((column) => column.name)),
      });
    } else problems.push(noKey(name, tables[name]?.key));
  }
  if (problems.length > 0) {
    throw ApplicationFailure.create({
      type: failureTypes.cannotRead,
      message: `source "${source}": ${problems.join('; ')}.`,
      nonRetryable: true,
    });
  }
  return surveyed;
}

function whyNot(name: string, table: Found | undefined): string | undefined {
  const named = `table "${name}"`;
  if (!table)
    return `${named} does not exist in schema ${sourceSchema}; create it, or take it out of the config`;
  if (!table.usable)
    return `${named} may not be reached; run: grant usage on schema ${quoteIdent(sourceSchema)} to the role in the source's URL`;
  if (!table.readable)
    return `${named} may not be read; run: grant select on ${qualified(sourceSchema, name)} to the role in the source's URL`;
  if (table.kind !== 'r' && table.kind !== 'p')
    return `${named} is not a table but a ${kinds[table.kind] ?? 'relation'} that tells no change apart; sync the tables beneath it`;
  if (table.filtered)
    return `${named} shows this role only some of its rows (row-level security); run: alter role … bypassrls, for the role in the source's URL`;
  if (table.inherited)
    return `${named} has tables that inherit from it, over which its key does not hold; sync those by name`;
  if (table.leaves.some((leaf) => leaf.kind === 'f'))
    return `${named} has a foreign table as a partition, which tells no change apart; sync that one from its own host`;
  const taken = table.columns.find((column) => column.name === 'project' || column.name === 'batch');
  if (taken)
    return `${named} has a column "${taken.name}", a name that the warehouse needs for itself; rename it at the source`;
  return undefined;
}

const kinds: Readonly<Record<string, string>> = {
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
};

function chooseKey(table: Found, wanted: readonly string[] | undefined): string[] | undefined {
  if (!wanted) return (table.keys.find((key) => key.primary) ?? table.keys[0])?.columns;
  const same = (columns: readonly string[]) =>
    [...columns].sort().join('\0') === [...wanted].sort().join('\0');
  return table.keys.find((key) => same(key.columns))?.columns;
}

function noKey(name: string, wanted: readonly string[] | undefined): string {
  const columns = wanted ? `(${identList(wanted)})` : '(…)';
  return (
    `table "${name}" has no ${wanted ? `key ${columns} that the source enforces` : 'enforced key'}; ` +
    `run there: alter table ${qualified(sourceSchema, name)} add primary key ${columns}`
  );
}
