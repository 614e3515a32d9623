import type { Client } from 'pg';
import type { Context } from '../context/context.ts';
import { withSource } from './warehouse.ts';

/**
 * The sources that are the database of `client`, a connection to the warehouse: what lands there would be read again. A source
 * that cannot be asked does not count.
 */
export async function sourcesThatAre(client: Client, context: Context): Promise<string[]> {
  const warehouse = await databaseOf(client);
  const databases = await Promise.all(
    Object.keys(context.config.sources).map(async (source) => ({
      source,
      database: await withSource(context, source, databaseOf).catch(() => undefined),
    })),
  );
  return databases.flatMap(({ source, database }) => (database === warehouse ? [source] : []));
}

/** What distinguishes a database from every other, also on other servers; a standby's are those of its primary. */
export async function databaseOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ database: string }>(
    `select format('%s/%s', (select system_identifier from pg_control_system()), oid) as database
     from pg_database where datname = current_database()`,
  );
  return rows[0]!.database;
}

/** Why such a database cannot be the warehouse. */
export function warehouseIsSource(sources: readonly string[]): string {
  return `it is the database of ${sources.map((source) => `source ${source}`).join(' and ')}, which it is to be a copy of`;
}

/** What to do about it. */
export const separateWarehouse =
  'Create a database of its own for the warehouse, on this server or another, and correct its URL.';
