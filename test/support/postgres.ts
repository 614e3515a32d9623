import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { createDatabase } from '../../local/postgres/database.ts';
import { quoteIdent } from '../../model/identifier.ts';

/** A database of the server that this jest worker's files share, which belongs to one test. */
export interface FreshDatabase {
  readonly name: string;
  /** The superuser's. */
  readonly url: string;
  /** Cuts its connections and removes it. */
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
    async drop() {
      const client = new Client({ connectionString: urlOf('postgres') });
      await client.connect();
      try {
        await client.query(`drop database if exists ${quoteIdent(name)} with (force)`);
      } finally {
        await client.end();
      }
    },
  };
}

/** The superuser's URL of `database` on the server that this jest worker's files share. */
export function urlOf(database: string): string {
  const servers = JSON.parse(process.env.TIDEHOUSE_TEST_POSTGRES ?? '[]') as string[];
  const shared = servers[Number(process.env.JEST_WORKER_ID ?? 1) - 1];
  if (shared === undefined)
    throw new Error(
      'TIDEHOUSE_TEST_POSTGRES is not set: tests with Postgres run under jest, whose setup starts it.',
    );
  const url = new URL(shared);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}
