import { Client } from 'pg';
import { quoteIdent } from '../../model/identifier.ts';

/** Creates a database, as a copy of `template` where given; false when there is one of that name already. */
export async function createDatabase(
  server: { url(database: string): string },
  name: string,
  { template }: { template?: string } = {},
): Promise<boolean> {
  const client = new Client({ connectionString: server.url('postgres'), ssl: false });
  await client.connect();
  try {
    await client.query(`create database ${quoteIdent(name)} template ${quoteIdent(template ?? 'template1')}`);
    return true;
  } catch (error) {
    // The second is what it says when two create it at the same time.
    if (['42P04', '23505'].includes(String((error as { code?: unknown }).code))) return false;
    throw error;
  } finally {
    await client.end();
  }
}
