import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { sqlFile } from '../../activities/postgres/sql-file.ts';
import { migrate } from '../../activities/sync/warehouse/migrate/migrate.ts';
import { createDatabase } from '../../local/postgres/database.ts';
import { quoteIdent } from '../../model/identifier.ts';

/** A database that belongs to one test, on the server that the files of this jest worker share. */
export interface FreshDatabase {
  readonly name: string;
  /** The URL of the superuser. */
  readonly url: string;
  /** Cuts the connections to the database and drops it. */
  drop(): Promise<void>;
}

/** Creates a database whose name begins with `prefix`: an empty one, or a copy of the database `template`. */
export async function freshDatabase(
  prefix = 'test',
  options: { template?: string } = {},
): Promise<FreshDatabase> {
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await createDatabase({ url: urlOf }, name, options);
  return {
    name,
    url: urlOf(name),
    drop: () =>
      onServer((client) => client.query(`drop database if exists ${quoteIdent(name)} with (force)`)),
  };
}

/**
 * An empty warehouse at the schema of this version, with or without the session analytics, as a copy of the shared server's
 * template.
 */
export async function freshWarehouse({ analytics = true } = {}): Promise<FreshDatabase> {
  const template = analytics ? warehouseTemplate : plainWarehouseTemplate;
  const database = await freshDatabase('warehouse', { template });
  // Settings of a database are not copied with it.
  await onServer(async (client) => {
    const { rows } = await client.query<{ setting: string }>(
      `select unnest(setconfig) as setting from pg_db_role_setting
       where setrole = 0 and setdatabase = (select oid from pg_database where datname = $1)`,
      [template],
    );
    for (const { setting } of rows)
      await client.query(`alter database ${quoteIdent(database.name)} set ${setting.replace('=', ' = ')}`);
  });
  return database;
}

/** A source whose name begins with `prefix`, with the tables of the session star and no rows. */
export function freshSource(prefix: string): Promise<FreshDatabase> {
  return freshDatabase(prefix, { template: sourceTemplate });
}

const warehouseTemplate = 'warehouse_template';
const plainWarehouseTemplate = 'plain_warehouse_template';
const sourceTemplate = 'source_template';

/** Creates the databases that `freshWarehouse` and `freshSource` copy, on the server of `url`, once per server. */
export async function createTemplates(url: (database: string) => string): Promise<void> {
  const templates = [
    [warehouseTemplate, (client: Client) => migrate(client, 'sessions')],
    [plainWarehouseTemplate, (client: Client) => migrate(client)],
    [sourceTemplate, (client: Client) => client.query(sqlFile('demo/source.sql'))],
  ] as const;
  for (const [name, fill] of templates) {
    await createDatabase({ url }, name);
    await withClient(url(name), fill);
  }
}

async function onServer(work: (client: Client) => Promise<unknown>): Promise<void> {
  await withClient(urlOf('postgres'), work);
}

async function withClient(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** The superuser's URL of `database` on the server that this jest worker's files share. */
export function urlOf(database: string): string {
  const servers = JSON.parse(process.env.TIDEHOUSE_TEST_POSTGRES ?? '[]') as string[];
  const shared = servers[Number(process.env.JEST_WORKER_ID ?? 1) - 1];
  if (shared === undefined)
    throw new Error(
      'This test needs a Postgres server, and its run has started none. Run it with "npx jest", and keep it out of jest.unit.mjs.',
    );
  const url = new URL(shared);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}
