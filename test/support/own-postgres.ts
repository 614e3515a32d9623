import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initPostgres } from '../../local/postgres/cluster.ts';
import { startPostgres } from '../../local/postgres/server.ts';
import type { PostgresServer } from '../../local/postgres/server.ts';
import { eventually } from './eventually.ts';
import { query } from './query.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A separate Postgres server for one test, where nobody else takes transaction ids, and which can crash and be set back in time. */
export interface OwnPostgres {
  readonly url: string;
  stop(): Promise<void>;
  /** Kills it, and starts it again from what its disk has. */
  crash(): Promise<void>;
  /** Stops it, and starts it again. Ends its connections. */
  restart(): Promise<void>;
  /** Copies its files, for `goBack`. Ends its connections. */
  remember(): Promise<void>;
  /** Sets it back to the moment of `remember`. Ends its connections. */
  goBack(): Promise<void>;
  /** Starts a streaming standby of it, as a copy of its files. Ends its connections. */
  startStandby(settings?: Readonly<Record<string, string>>): Promise<PostgresServer>;
  /**
   * Continues from the moment of `remember` on a new timeline, as a standby does that was behind when it was promoted. Ends its
   * connections.
   */
  failOver(): Promise<void>;
}

export async function ownPostgres(settings: Readonly<Record<string, string>> = {}): Promise<OwnPostgres> {
  const parent = await temporaryFolder('own-postgres');
  const password = 'test';
  const folders = [join(parent, 'now'), join(parent, 'before')] as const;
  let [folder] = folders;
  await initPostgres(folder, { password });
  // No autovacuum, which takes transaction ids at any time.
  const options = { password, settings: { max_prepared_transactions: '5', autovacuum: 'off', ...settings } };
  let server: PostgresServer = await startPostgres({ folder, ...options });
  const { port } = server;
  const start = () => startPostgres({ folder, port, ...options });
  return {
    url: server.url('postgres'),
    stop: () => server.stop(),
    async crash() {
      await server.kill();
      server = await start();
    },
    async restart() {
      await server.stop();
      server = await start();
    },
    async remember() {
      await server.stop();
      await cp(folder, folders[1], { recursive: true, preserveTimestamps: true });
      server = await start();
    },
    async goBack() {
      await server.stop();
      folder = folders[1];
      server = await start();
    },
    async startStandby(more = {}) {
      const copy = join(parent, 'standby');
      await server.stop();
      await cp(folder, copy, { recursive: true, preserveTimestamps: true });
      server = await start();
      await writeFile(join(copy, 'standby.signal'), '');
      return startPostgres({
        ...options,
        folder: copy,
        settings: { ...options.settings, primary_conninfo: server.url('postgres'), ...more },
      });
    },
    async failOver() {
      await server.stop();
      folder = folders[1];
      await writeFile(join(folder, 'recovery.signal'), '');
      server = await startPostgres({
        folder,
        port,
        ...options,
        settings: { ...options.settings, restore_command: 'false' },
      });
      await eventually('the server was promoted', async () => {
        const [row] = await query<{ standby: boolean }>(
          server.url('postgres'),
          'select pg_is_in_recovery() as standby',
        );
        return row?.standby === false;
      });
    },
  };
}
