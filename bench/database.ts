import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { packageRoot } from '../activities/package-root.ts';

/** The path of a file in this folder, which also works in compiled code in another folder. */
export function benchFile(name: string): string {
  return join(packageRoot, 'bench', name);
}

/** Runs `work` with a connection that returns all values as Postgres' text. */
export async function onDatabase<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    types: { getTypeParser: () => (value: string) => value },
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Runs a script in this folder in one transaction, with settings that it can read with `current_setting`. */
export async function runScript(
  url: string,
  name: string,
  settings: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  const sql = readFileSync(benchFile(name), 'utf8');
  await onDatabase(url, async (client) => {
    await client.query('begin');
    for (const [setting, value] of Object.entries(settings))
      await client.query('select set_config($1, $2, true)', [setting, String(value)]);
    await client.query(sql);
    await client.query('commit');
  });
}
