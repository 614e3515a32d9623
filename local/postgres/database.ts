import { Client } from 'pg';
import { quoteIdent } from '../../model/identifier.ts';

/** Creates a database, as a copy of `template` if given. Returns false when it already exists. */
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
    // 42P04: it exists; 23505: another connection created it at the same time.
    if (['42P04', '23505'].includes(String((error as { code?: unknown }).code))) return false;
    throw error;
  } finally {
    await client.end();
  }
}
