import type { Client } from 'pg';
import { identList, qualified } from '../model/identifier.ts';
import { onDatabase } from './database.ts';
import type { Host } from './servers.ts';

const tables = ['user_sessions', 'events', 'pages', 'transactions', 'exchange_rates'] as const;

/** Count and checksum of one table of one host, and of the same in clean. */
export interface Comparison {
  readonly host: string;
  readonly table: string;
  readonly source: string;
  readonly clean: string;
}

/** Compares all tables of all hosts with clean of the warehouse at `url`; gives those that differ. */
export async function differences(hosts: readonly Host[], url: string): Promise<Comparison[]> {
  const all = await onTables(hosts, url, async (table) => ({
    host: table.host,
    table: table.name,
    source: await checksum(table.source, 'public', table.name, table.columns),
    clean: await checksum(table.warehouse, 'clean', table.name, table.columns, table.host),
  }));
  return all.filter(({ source, clean }) => source !== clean);
}

/** How many rows of the hosts clean of the warehouse at `url` lacks, or has in an old version. */
export async function lostRows(hosts: readonly Host[], url: string): Promise<number> {
  const lost = await onTables(hosts, url, async (table) => {
    const source = await hashes(table.source, 'public', table.name, table.columns);
    const clean = new Set(await hashes(table.warehouse, 'clean', table.name, table.columns, table.host));
    return source.filter((hash) => !clean.has(hash)).length;
  });
  return lost.reduce((sum, rows) => sum + rows, 0);
}

interface Table {
  readonly host: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly source: Client;
  readonly warehouse: Client;
}

async function onTables<T>(
  hosts: readonly Host[],
  url: string,
  work: (table: Table) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const [at, { name: host, owner }] of hosts.entries())
    await onDatabase(owner, (source) =>
      onDatabase(url, async (warehouse) => {
        for (const name of tables) {
          // The rates are read from the first host.
          if (name === 'exchange_rates' && at > 0) continue;
          const columns = await columnsOf(source, name);
          results.push(await work({ host, name, columns, source, warehouse }));
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
