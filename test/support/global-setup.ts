import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { initPostgres } from '../../local/postgres/cluster.ts';
import { startPostgres } from '../../local/postgres/server.ts';
import { clear, clearAbandoned, folderPrefix } from './leftovers.ts';

/**
 * One Postgres server for all test files that run in one jest worker, in TIDEHOUSE_TEST_POSTGRES as the URLs of their
 * superusers, and one folder for all that tests write, in TIDEHOUSE_TEST_FOLDER. Both go when the run ends, however it
 * ends; after a kill -9, when the next begins. Files that run beside each other share no server: the oldest transaction of
 * one file would decide what another file's sweep reads.
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

/** The URL of its superuser. */
async function startShared(folder: string): Promise<string> {
  await initPostgres(folder, { password: 'test' });
  const server = await startPostgres({
    folder,
    password: 'test',
    settings: {
      max_connections: '300',
      max_prepared_transactions: '50',
      shared_buffers: '128MB',
      // Nothing here outlives its server.
      synchronous_commit: 'off',
      full_page_writes: 'off',
    },
  });
  return server.url('postgres');
}
