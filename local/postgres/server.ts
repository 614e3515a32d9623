import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, isFree } from '../process/free-port.ts';
import { postgresBinaries } from './binaries.ts';
import { holdsCluster } from './cluster.ts';
import { becomesReady, checkConnection } from './ready.ts';
import { readPostmaster, stopOrphan } from './postmaster-file.ts';
import { spawnServer } from '../process/server-process.ts';
import type { Exit, ServerProcess } from '../process/server-process.ts';
import { unprivileged } from './unprivileged.ts';

export interface PostgresOptions {
  /** The data directory that `initPostgres` has created. */
  readonly folder: string;
  /** The password of the superuser. */
  readonly password: string;
  /** The port; a free one by default. */
  readonly port?: number;
  /** Settings that override the defaults below. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The log file; by default `postgres.log` in the folder. */
  readonly log?: string;
}

/** A Postgres server on 127.0.0.1. */
export interface PostgresServer {
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server exits, for whatever reason. */
  readonly exited: Promise<Exit>;
  /** Whether it shuts down: it accepts no more connections, and may wait for those that are open. */
  isStopping(): Promise<boolean>;
  /** The URL of a database, for the superuser or for `user`. */
  url(database: string, user?: string, password?: string): string;
  /** Stops the server, ending its connections, and waits for its exit. */
  stop(): Promise<void>;
  /** Kills the server as a crash would, and waits for its exit. */
  kill(): Promise<void>;
}

const defaults: Readonly<Record<string, string>> = {
  shared_buffers: '16MB',
  max_connections: '40',
  // The kernel keeps the writes of a killed server; only a crash of the machine can damage the files of a demo or a test.
  // A commit must still reach the kernel, and a page torn by a kill must be recoverable, so synchronous_commit and
  // full_page_writes stay on.
  fsync: 'off',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/**
 * How long a failed start is repeated: child processes of a killed server may use its files for a moment, a free port may
 * be taken meanwhile, and the first recovery fails at an unlogged table whose creation was aborted, when the crash came
 * before the abort was in the log; it removes what is left of such a table.
 */
const retryMs = 15_000;

/**
 * Starts Postgres in `folder`, after stopping a server that a killed process has left running there, and waits until it is
 * ready.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const folder = resolve(options.folder);
  if (!holdsCluster(folder))
    throw new Error(`${folder} is not a Postgres data directory; create it with initPostgres.`);
  await stopOrphan(folder);
  const command = [...(await unprivileged()), (await postgresBinaries()).postgres];
  const log = options.log ?? join(folder, 'postgres.log');
  const end = performance.now() + retryMs;
  for (;;) {
    const port = options.port ?? (await freePort());
    const settings = {
      ...defaults,
      ...options.settings,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = await spawnServer([...command, '-D', folder, '-p', String(port), ...args], log, 'SIGINT');
    if (await becomesReady(server, folder)) {
      const started = describeServer(server, folder, port, options.password);
      await checkConnection(started, folder);
      return started;
    }
    await server.end(5_000);
    const portTaken = !(await isFree(port));
    if (portTaken && options.port !== undefined)
      throw new Error(
        `Postgres cannot listen on 127.0.0.1:${port}, because another program uses that port; stop that program or choose another port.`,
      );
    if (performance.now() >= end)
      throw new Error(
        `Postgres does not start in ${folder}: ${lastError(server.output())}; its log is ${log}.`,
      );
    await pause(200);
  }
}

function describeServer(
  server: ServerProcess,
  folder: string,
  port: number,
  superuserPassword: string,
): PostgresServer {
  return {
    port,
    pid: server.pid,
    exited: server.exited,
    async isStopping() {
      const postmaster = await readPostmaster(folder);
      return postmaster?.pid === server.pid && postmaster.status === 'stopping';
    },
    url(database, user = 'postgres', password = user === 'postgres' ? superuserPassword : undefined) {
      const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
      return `postgres://${encodeURIComponent(user)}${secret}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
    },
    stop: () => server.end(30_000),
    kill: () => server.crash(),
  };
}

/** For people, who read the rest in the log. */
function lastError(output: string): string {
  const lines = output.trim().split('\n');
  const error = lines.findLast((line) => /\b(FATAL|PANIC|ERROR):/.test(line)) ?? lines.at(-1) ?? '';
  return error.replace(/^.*?\b(FATAL|PANIC|ERROR): +/, '') || 'no output';
}
