import type { Client } from 'pg';
import { identList, qualified } from '../model/identifier.ts';
import { onDatabase } from './database.ts';
import type { BenchSource } from './servers.ts';

const tables = ['user_sessions', 'events', 'pages', 'transactions', 'exchange_rates'] as const;

/** Row count and checksum of one table of a source, and of the same table in clean. */
export interface Comparison {
  readonly source: string;
  readonly table: string;
  readonly inSource: string;
  readonly inClean: string;
}

/** Compares all tables of all sources with clean in the warehouse at `url`, and returns those that differ. */
export async function differences(sources: readonly BenchSource[], url: string): Promise<Comparison[]> {
  const all = await onTables(sources, url, async (table) => ({
    source: table.sourceName,
    table: table.name,
    inSource: await checksum(table.source, 'public', table.name, table.columns),
    inClean: await checksum(table.warehouse, 'clean', table.name, table.columns, table.sourceName),
  }));
  return all.filter(({ inSource, inClean }) => inSource !== inClean);
}

/** The number of the sources' rows that are missing or outdated in clean in the warehouse at `url`. */
export async function lostRows(sources: readonly BenchSource[], url: string): Promise<number> {
  const lost = await onTables(sources, url, async (table) => {
    const source = await hashes(table.source, 'public', table.name, table.columns);
    const clean = new Set(
      await hashes(table.warehouse, 'clean', table.name, table.columns, table.sourceName),
    );
    return source.filter((hash) => !clean.has(hash)).length;
  });
  return lost.reduce((sum, rows) => sum + rows, 0);
}

interface Table {
  readonly sourceName: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly source: Client;
  readonly warehouse: Client;
}

async function onTables<T>(
  sources: readonly BenchSource[],
  url: string,
  work: (table: Table) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const [at, { name: sourceName, owner }] of sources.entries())
    await onDatabase(owner, (source) =>
      onDatabase(url, async (warehouse) => {
        for (const name of tables) {
          // The exchange rates are read from the first source only.
          if (name === 'exchange_rates' && at > 0) continue;
          const columns = await columnsOf(source, name);
          results.push(await work({ sourceName, name, columns, source, warehouse }));
        }
      }),
    );
  return results;
}

async function columnsOf(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [qualified('public', table)],
  );
  return rows.map(({ name }) => name);
}

type Args = [client: Client, schema: string, table: string, columns: readonly string[], project?: string];

async function checksum(...[client, schema, table, columns, project]: Args): Promise<string> {
  const { rows } = await client.query<{ text: string }>(
    `select count(*) || ' rows, checksum ' || coalesce(sum(hashtextextended(row(${identList(columns)})::text, 0)), 0) as text
     from ${qualified(schema, table)} ${project === undefined ? '' : 'where project = $1'}`,
    project === undefined ? [] : [project],
  );
  return rows[0]!.text;
}

async function hashes(...[client, schema, table, columns, project]: Args): Promise<string[]> {
  const { rows } = await client.query<{ hash: string }>(
    `select hashtextextended(row(${identList(columns)})::text, 0) as hash
     from ${qualified(schema, table)} ${project === undefined ? '' : 'where project = $1'}`,
    project === undefined ? [] : [project],
  );
  return rows.map(({ hash }) => hash);
}
