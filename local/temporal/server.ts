import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePorts, isFree } from '../process/free-port.ts';
import { commandOf, endProcess } from '../process/running-process.ts';
import { spawnServer } from '../process/server-process.ts';
import type { Exit, ServerProcess } from '../process/server-process.ts';
import { temporalBinary } from './binary.ts';
import { becomesReady } from './ready.ts';

export interface TemporalPorts {
  readonly grpc: number;
  readonly ui: number;
  readonly http: number;
  readonly metrics: number;
}

export interface TemporalOptions {
  /** The folder of its database, `temporal.db`. */
  readonly folder: string;
  /** The ports; free ones by default. */
  readonly ports?: Partial<TemporalPorts>;
  /** The log file; by default `temporal.log` in the folder. */
  readonly log?: string;
  /** The path of the Temporal CLI; found or downloaded by default. */
  readonly binary?: string;
}

/** A Temporal server with its Web UI on 127.0.0.1. */
export interface TemporalServer {
  readonly address: string;
  readonly uiUrl: string;
  /** The Temporal CLI that runs it: a path, or `temporal` when it is on the PATH. */
  readonly cli: string;
  readonly ports: TemporalPorts;
  readonly pid: number;
  /** Resolves when the server exits, for whatever reason. */
  readonly exited: Promise<Exit>;
  /** Stops the server and waits for its exit, which may take some seconds. */
  stop(): Promise<void>;
  /** Kills the server as a crash would, and waits for its exit. */
  kill(): Promise<void>;
}

/** By default Temporal polls for activities only 20 times a second, and the database syncs each write. */
const speedUp = [
  ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1'],
  ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=200'],
];

const graceMs = 20_000;
const databaseName = 'temporal.db';
const pidName = 'temporal.pid';

/**
 * Starts Temporal in `folder`, after stopping a server that a killed process has left running there, and waits until it is
 * ready.
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const folder = resolve(options.folder);
  const binary = options.binary ?? (await temporalBinary());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const database = join(folder, databaseName);
  const pidFile = join(folder, pidName);
  await stopTemporalOrphan(folder);

  for (const port of Object.values(options.ports ?? {}))
    if (!(await isFree(port)))
      throw new Error(
        `Temporal cannot listen on 127.0.0.1:${port}, because another program uses that port; stop that program or choose another port.`,
      );
  const log = options.log ?? join(folder, 'temporal.log');
  for (let start = 1; ; start++) {
    const none = { grpc: undefined, ui: undefined, http: undefined, metrics: undefined };
    const ports = await freePorts({ ...none, ...options.ports });
    const server = await spawnServer(
      [binary, ...serverArguments(database, ports), ...speedUp],
      log,
      'SIGTERM',
    );
    writeFileSync(pidFile, String(server.pid));
    if (await becomesReady(server, ports.grpc)) return describeServer(server, binary, ports, pidFile);
    const ended = server.exit() !== undefined;
    const [line] = server.output().trim().split('\n').slice(-1);
    await server.end(graceMs);
    if (!ended || start === maxStarts)
      throw new Error(`Temporal does not start with ${database}: ${line || 'no output'}; its log is ${log}.`);
  }
}

/** Temporal ends at its start when another program takes a port that it has just found free for one of its services. */
const maxStarts = 3;

function describeServer(
  server: ServerProcess,
  cli: string,
  ports: TemporalPorts,
  pidFile: string,
): TemporalServer {
  return {
    address: `127.0.0.1:${ports.grpc}`,
    uiUrl: `http://127.0.0.1:${ports.ui}`,
    cli,
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

/** Stops the server that a killed process has left running in `folder`: two servers would damage their shared database. */
export async function stopTemporalOrphan(folder: string): Promise<void> {
  const pidFile = join(resolve(folder), pidName);
  const pid = Number(readIfExists(pidFile));
  if (pid > 0 && commandOf(pid).includes(join(resolve(folder), databaseName)))
    await endProcess(pid, 'SIGTERM', graceMs);
  await rm(pidFile, { force: true });
}

function readIfExists(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
