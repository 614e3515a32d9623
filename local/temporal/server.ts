import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePorts, isFree } from '../process/free-port.ts';
import { commandOf, endProcess } from '../process/running-process.ts';
import { spawnServer } from '../process/server-process.ts';
import type { Exit } from '../process/server-process.ts';
import { temporalBinary } from './binary.ts';
import { becomesReady } from './ready.ts';

export interface TemporalPorts {
  readonly grpc: number;
  readonly ui: number;
  readonly http: number;
  readonly metrics: number;
}

export interface TemporalOptions {
  /** Keeps everything that the server knows, in `temporal.db`. */
  readonly folder: string;
  /** Free ones unless given. */
  readonly ports?: Partial<TemporalPorts>;
  /** Where its log goes; `temporal.log` in the folder unless given. */
  readonly log?: string;
  /** The Temporal CLI; found or fetched unless given. */
  readonly binary?: string;
}

/** A Temporal server with its Web UI on 127.0.0.1. */
export interface TemporalServer {
  readonly address: string;
  readonly uiUrl: string;
  readonly ports: TemporalPorts;
  readonly pid: number;
  /** Fulfils when it ends, for whatever reason. */
  readonly exited: Promise<Exit>;
  /** Ends it and waits for the exit, which may take it some seconds. */
  stop(): Promise<void>;
  /** Ends it as a crash does, and waits for the exit. */
  kill(): Promise<void>;
}

/** Its default of 20 polls a second makes each step of a workflow wait for a tick; its default journal syncs each write. */
const fast = [
  ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1'],
  ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=200'],
];

const graceMs = 20_000;
const databaseName = 'temporal.db';
const pidName = 'temporal.pid';

/** Starts Temporal on `folder`, after ending what a killed process has left running there, and waits until it answers. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const folder = resolve(options.folder);
  const binary = options.binary ?? (await temporalBinary());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const database = join(folder, databaseName);
  const pidFile = join(folder, pidName);
  await endTemporalLeftBehind(folder);

  const given = Object.values(options.ports ?? {});
  for (const port of given)
    if (!(await isFree(port)))
      throw new Error(
        `Temporal cannot listen on port ${port} of 127.0.0.1, because another program does; end that or choose another port.`,
      );
  const none = { grpc: undefined, ui: undefined, http: undefined, metrics: undefined };
  const ports = await freePorts({ ...none, ...options.ports });

  const log = options.log ?? join(folder, 'temporal.log');
  const server = await spawnServer([binary, ...serverArguments(database, ports), ...fast], log, 'SIGTERM');
  writeFileSync(pidFile, String(server.pid));
  const address = `127.0.0.1:${ports.grpc}`;
  if (!(await becomesReady(server, ports.grpc))) {
    const [line] = server.said().trim().split('\n').slice(-1);
    await server.end(graceMs);
    throw new Error(
      `Temporal does not start on ${database}: ${line || 'it said nothing'}; its log is ${log}.`,
    );
  }
  return {
    address,
    uiUrl: `http://127.0.0.1:${ports.ui}`,
    ports,
    pid: server.pid,
    exited: server.exited,
    async stop() {
      await server.end(graceMs);
      await rm(pidFile, { force: true });
    },
    kill: () => server.crash(),
  };
}

function serverArguments(database: string, ports: TemporalPorts): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--db-filename', database],
    ...['--port', String(ports.grpc), '--ui-port', String(ports.ui)],
    ...['--http-port', String(ports.http), '--metrics-port', String(ports.metrics)],
    ...['--ui-disable-news-fetch', '--log-level', 'warn'],
  ];
}

/** Ends the server that a killed process has left running on `folder`: two on one database damage it. */
export async function endTemporalLeftBehind(folder: string): Promise<void> {
  const pidFile = join(resolve(folder), pidName);
  const pid = Number(readIfThere(pidFile));
  if (pid > 0 && commandOf(pid).includes(join(resolve(folder), databaseName)))
    await endProcess(pid, 'SIGTERM', graceMs);
  await rm(pidFile, { force: true });
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
