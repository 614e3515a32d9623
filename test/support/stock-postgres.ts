import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../local/process/free-port.ts';
import { unprivileged } from '../../local/postgres/unprivileged.ts';
import { temporaryFolder } from './temporary-folder.ts';

const installed = '/usr/lib/postgresql';
const tools = ['initdb', 'pg_ctl', 'pg_dump', 'pg_restore', 'pg_resetwal', 'pg_upgrade', 'psql', 'vacuumdb'];

/** The folder with the tools of a Postgres that is installed on this machine, which the bundled one lacks; undefined when none is. */
export const stockTools: string | undefined = (existsSync(installed) ? readdirSync(installed) : [])
  .map((version) => join(installed, version, 'bin'))
  .find((folder) => tools.every((tool) => existsSync(join(folder, tool))));

/** A server of the installed Postgres, whose URL stays the same whatever becomes of its files. */
export interface StockPostgres {
  readonly url: string;
  stop(): Promise<void>;
  /** Replaces the server by a new one that has what `pg_dump` takes of the database `postgres`. */
  dumpAndRestore(): Promise<void>;
  /** Replaces the server by a new one to which `pg_upgrade` has taken its files. */
  upgrade(): Promise<void>;
  /** Goes on with `next` as the next transaction id. What is there is frozen first, as autovacuum would have done. */
  continueFrom(next: number): Promise<void>;
}

export async function stockPostgres(): Promise<StockPostgres> {
  const parent = await temporaryFolder('stock-postgres');
  const [data, other] = [join(parent, 'data'), join(parent, 'new')];
  const prefix = await unprivileged();
  const port = await freePort();
  const run = async (tool: string, ...args: string[]) => {
    const [program, ...rest] = [...prefix, join(stockTools!, tool), ...args];
    await promisify(execFile)(program!, rest, {
      cwd: parent,
      env: { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', LC_ALL: 'C' },
    });
  };
  const create = (folder: string) =>
    run('initdb', '-D', folder, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '-N');
  const start = async () => {
    const settings = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      autovacuum: 'off',
    };
    const options = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
    await run('pg_ctl', 'start', '-w', '-s', '-D', data, '-l', join(parent, 'log'), '-o', options.join(' '));
  };
  const stop = () => run('pg_ctl', 'stop', '-w', '-s', '-D', data, '-m', 'fast');
  await create(data);
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop,
    async dumpAndRestore() {
      const dump = join(parent, 'dump');
      await run('pg_dump', '-Fc', '-f', dump, 'postgres');
      await stop();
      await rm(data, { recursive: true });
      await create(data);
      await start();
      await run('pg_restore', '-d', 'postgres', dump);
    },
    async upgrade() {
      await stop();
      await create(other);
      const bin = stockTools!;
      await run('pg_upgrade', '-b', bin, '-B', bin, '-d', data, '-D', other, '-U', 'postgres');
      await rm(data, { recursive: true });
      await rename(other, data);
      await start();
    },
    async continueFrom(next) {
      await run('psql', '-qc', 'alter database template0 allow_connections true', 'postgres');
      await run('vacuumdb', '--all', '--freeze', '-q');
      await stop();
      await run('pg_resetwal', '-D', data, '-x', String(next), '-u', String(next - 1_000));
      // Postgres would have made the pages of their states while it came here.
      const segment = Math.floor(next / 2 ** 20)
        .toString(16)
        .toUpperCase()
        .padStart(4, '0');
      await writeFile(join(data, 'pg_xact', segment), Buffer.alloc(256 * 1024), { flag: 'a' });
      await start();
    },
  };
}
