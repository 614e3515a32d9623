import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { initPostgres } from '../../local/postgres/cluster.ts';
import { startPostgres } from '../../local/postgres/server.ts';
import { createTemplates } from './postgres.ts';
import { clear, clearAbandoned, folderPrefix } from './leftovers.ts';

/**
 * Starts one Postgres server for all test files in one jest worker, with the templates that their databases are
 * copied from, and creates one folder for everything that tests write. TIDEHOUSE_TEST_POSTGRES has the URLs of the servers'
 * superusers, TIDEHOUSE_TEST_FOLDER the folder. Both are removed when the run ends, however it ends; after a kill -9, when the next
 * run begins. Simultaneous files do not share a server: the oldest transaction of one file would affect what the sweep
 * of another reads.
 */
export default async function setUp({ maxWorkers } = { maxWorkers: 1 }): Promise<void> {
  clearAbandoned();
  const folder = mkdtempSync(folderPrefix);
  process.env.TIDEHOUSE_TEST_FOLDER = folder;
  process.once('exit', () => clear(folder));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      clear(folder);
      process.kill(process.pid, signal);
    });

  const starting = Array.from({ length: maxWorkers }, (_, at) =>
    startShared(join(folder, `shared-postgres-${at + 1}`)),
  );
  process.env.TIDEHOUSE_TEST_POSTGRES = JSON.stringify(await Promise.all(starting));
}

/** Starts a server with the templates, and returns the superuser's URL. */
async function startShared(folder: string): Promise<string> {
  await initPostgres(folder, { password: 'test' });
  const server = await startPostgres({
    folder,
    password: 'test',
    settings: {
      max_connections: '300',
      max_prepared_transactions: '50',
      shared_buffers: '128MB',
      // No data of a test outlives its server.
      full_page_writes: 'off',
    },
  });
  await createTemplates((database) => server.url(database));
  return server.url('postgres');
}
