import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { initPostgres } from '../../local/postgres-cluster.ts';
import { startPostgres } from '../../local/postgres-server.ts';
import { clear, clearAbandoned, folderPrefix } from './leftovers.ts';

/**
 * One Postgres server for all test files, in TIDEHOUSE_TEST_POSTGRES as its superuser's URL, and one folder for all that
 * tests write, in TIDEHOUSE_TEST_FOLDER. Both go when the run ends, however it ends; after a kill -9, when the next begins.
 */
export default async function setUp(): Promise<void> {
  clearAbandoned();
  const folder = mkdtempSync(folderPrefix);
  process.env.TIDEHOUSE_TEST_FOLDER = folder;
  process.once('exit', () => clear(folder));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      clear(folder);
      process.kill(process.pid, signal);
    });

  const data = join(folder, 'shared-postgres');
  await initPostgres(data, { password: 'test' });
  const server = await startPostgres({
    folder: data,
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
  process.env.TIDEHOUSE_TEST_POSTGRES = server.url('postgres');
}
