import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../process/free-port.ts';
import { postgresBinaries } from './binaries.ts';
import { holdsCluster } from './cluster.ts';
import { becomesReady, greet } from './ready.ts';
import { endLeftBehind } from './postmaster-file.ts';
import { spawnServer } from '../process/server-process.ts';
import type { Exit, ServerProcess } from '../process/server-process.ts';
import { unprivileged } from './unprivileged.ts';

export interface PostgresOptions {
  /** What `initPostgres` has made. */
  readonly folder: string;
  /** The superuser's. */
  readonly password: string;
  /** A free one unless given. */
  readonly port?: number;
  /** Stand over the defaults below. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where its log goes; `postgres.log` in the folder unless given. */
  readonly log?: string;
}

/** A Postgres server on 127.0.0.1. */
export interface PostgresServer {
  readonly port: number;
  readonly pid: number;
  /** Fulfils when it ends, for whatever reason. */
  readonly exited: Promise<Exit>;
  /** The URL of one of its databases: the superuser's, or that of `user`. */
  url(database: string, user?: string, password?: string): string;
  /** Ends it, cutting its connections, and waits for the exit. */
  stop(): Promise<void>;
  /** Ends it as a crash does, and waits for the exit. */
  kill(): Promise<void>;
}

const light: Readonly<Record<string, string>> = {
  shared_buffers: '16MB',
  max_connections: '40',
  // What a killed server has written is in the kernel and safe; only a crash of the machine can damage the files, and
  // these are a demo's or a test's. A commit must still reach the kernel, and a page cut by a kill be restorable: so
  // synchronous_commit and full_page_writes stay on.
  fsync: 'off',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** A server whose files are in use or whose free port was taken meanwhile is tried again for so long. */
const patienceMs = 15_000;

/** Starts Postgres on `folder`, after ending what a killed process has left running there, and waits until it answers. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const folder = resolve(options.folder);
  if (!holdsCluster(folder))
    throw new Error(`${folder} holds no Postgres files; make them with initPostgres.`);
  await endLeftBehind(folder);
  const command = [...(await unprivileged()), (await postgresBinaries()).postgres];
  const log = options.log ?? join(folder, 'postgres.log');
  const end = performance.now() + patienceMs;
  for (;;) {
    const port = options.port ?? (await freePort());
    const settings = {
      ...light,
      ...options.settings,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = await spawnServer([...command, '-D', folder, '-p', String(port), ...args], log, 'SIGINT');
    if (await becomesReady(server, folder)) {
      const started = describe(server, port, options.password);
      await greet(started, folder);
      return started;
    }
    const said = server.said();
    await server.end(5_000);
    const portTaken = said.includes('could not bind');
    // The children of a killed server may outlive it for a moment.
    const filesTaken =
      said.includes('pre-existing shared memory block') || said.includes('lock file "postmaster.pid"');
    if (performance.now() < end && (filesTaken || (portTaken && options.port === undefined))) {
      await pause(200);
      continue;
    }
    throw new Error(
      portTaken
        ? `Postgres cannot listen on port ${port} of 127.0.0.1, because another program does; end that or choose another port.`
        : `Postgres does not start on ${folder}: ${lastError(said)}; its log is ${log}.`,
    );
  }
}

function describe(server: ServerProcess, port: number, superuserPassword: string): PostgresServer {
  return {
    port,
    pid: server.pid,
    exited: server.exited,
    url(database, user = 'postgres', password = user === 'postgres' ? superuserPassword : undefined) {
      const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
      return `postgres://${encodeURIComponent(user)}${secret}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
    },
    stop: () => server.end(30_000),
    kill: () => server.crash(),
  };
}

function lastError(said: string): string {
  const lines = said.trim().split('\n');
  const error = lines.findLast((line) => /\b(FATAL|PANIC|ERROR):/.test(line)) ?? lines.at(-1) ?? '';
  return error.replace(/^.*?\b(FATAL|PANIC|ERROR): +/, '') || 'it said nothing';
}
