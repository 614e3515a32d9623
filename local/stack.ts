import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { quoteIdent } from '../model/identifier.ts';
import { createDemoSource } from './demo/source.ts';
import { startDemoStation } from './demo/station.ts';
import { writeStackConfig } from './stack-config.ts';
import type { StackConfig } from './stack-config.ts';
import { demoWeather, realWeather } from './stack-weather.ts';
import type { StackWeather } from './stack-weather.ts';
import { keptPorts } from './process/kept-ports.ts';
import { keptPassword } from './process/passwords.ts';
import { initPostgres } from './postgres/cluster.ts';
import { createDatabase } from './postgres/database.ts';
import { startPostgres } from './postgres/server.ts';
import type { PostgresServer } from './postgres/server.ts';
import { stopOrphan } from './postgres/postmaster-file.ts';
import { temporalBinary } from './temporal/binary.ts';
import { stopTemporalOrphan, startTemporal } from './temporal/server.ts';
import type { TemporalServer } from './temporal/server.ts';

export const demoSources = ['project_a', 'project_b', 'project_c'] as const;
export type DemoSourceName = (typeof demoSources)[number];

/** The local stack: three demo sources, a warehouse and Temporal, all real servers on this machine. */
export interface Stack extends StackConfig {
  readonly sources: Readonly<Record<DemoSourceName, PostgresServer>>;
  readonly warehouse: PostgresServer;
  readonly temporal: TemporalServer;
  readonly weather: StackWeather;
  /** A port on which nothing listens, the same at each start: for the page. */
  readonly pagePort: number;
  /** Starts a Postgres server that has ended again, with its data, at its port. */
  restart(name: PostgresName): Promise<PostgresServer>;
  /** Stops all servers. */
  stop(): Promise<void>;
}

const names = ['project_a', 'project_b', 'project_c', 'warehouse'] as const;
export type PostgresName = (typeof names)[number];
const stationPort = 'station';
const pagePort = 'page';
const temporalPorts = ['grpc', 'ui', 'http', 'metrics'] as const;

/**
 * Starts the stack in `folder`, which keeps the data of all servers from one start to the next. At the first start the
 * sources get demo data and the warehouse an empty database; the config is written at each start. When one server does not
 * start, all others are stopped. `print` receives progress messages.
 */
export async function openStack(folder: string, print: (line: string) => void): Promise<Stack> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const binary = await temporalBinary(print);
  const ports = await keptPorts(join(folder, 'ports.json'), [
    ...names,
    ...temporalPorts,
    stationPort,
    pagePort,
  ]);
  const { grpc, ui, http, metrics } = ports;
  const password = await keptPassword(join(folder, 'secrets', 'superuser-password'));
  const started: { stop(): Promise<void> }[] = [];
  const keep = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    started.unshift(server);
    return server;
  };
  const restarts = new Set<Promise<unknown>>();
  const stop = async () => {
    await Promise.allSettled(restarts);
    await Promise.all(started.splice(0).map((server) => server.stop()));
  };

  print('Starting four Postgres servers and Temporal …');
  const start = (name: PostgresName) =>
    keep(startOne(join(folder, 'postgres', name), password, ports[name], name));
  const restart = async (name: PostgresName) => {
    const restarting = start(name);
    restarts.add(restarting);
    try {
      return await restarting;
    } finally {
      restarts.delete(restarting);
    }
  };
  const postgres = names.map(start);
  const starting = [
    ...postgres,
    keep(startTemporal({ folder: join(folder, 'temporal'), ports: { grpc, ui, http, metrics }, binary })),
  ];
  const failed = (await Promise.allSettled(starting)).find((result) => result.status === 'rejected');
  try {
    if (failed) throw failed.reason as Error;
    const [a, b, c, warehouse] = await Promise.all(postgres);
    const sources = { project_a: a!, project_b: b!, project_c: c! };
    const temporal = (await starting.at(-1)) as TemporalServer;
    const weather =
      realWeather(process.env) ??
      (await demoWeather(folder, (await keep(startDemoStation(ports[stationPort]))).url));
    print('Preparing the demo data …');
    const config = await prepare(folder, sources, warehouse!, temporal, weather);
    return {
      sources,
      warehouse: warehouse!,
      temporal,
      weather,
      pagePort: ports[pagePort],
      ...config,
      restart,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Stops the servers that a killed process has left running in `folder`. */
export async function stopStack(folder: string): Promise<void> {
  await Promise.all(names.map((name) => stopOrphan(join(folder, 'postgres', name))));
  await stopTemporalOrphan(join(folder, 'temporal'));
}

async function startOne(
  folder: string,
  password: string,
  port: number,
  name: string,
): Promise<PostgresServer> {
  await mkdir(join(folder, '..'), { recursive: true });
  await initPostgres(folder, { password });
  const settings = {
    max_prepared_transactions: '10',
    ...(name === 'warehouse' && {
      shared_buffers: '128MB',
      max_wal_size: '2GB',
      // A query over all sources locks each leaf and its indexes.
      max_locks_per_transaction: '256',
    }),
  };
  const server = await startPostgres({ folder, password, port, settings });
  // It has no TLS, whatever the environment says for others.
  return { ...server, url: (...database) => `${server.url(...database)}?sslmode=disable` };
}

/** Creates the databases, the demo data and the config. */
async function prepare(
  folder: string,
  sources: Stack['sources'],
  warehouse: PostgresServer,
  temporal: TemporalServer,
  weather: StackWeather,
): Promise<StackConfig> {
  const readerPassword = await keptPassword(join(folder, 'secrets', 'reader-password'));
  const ownerPassword = await keptPassword(join(folder, 'secrets', 'owner-password'));
  const today = new Date().toISOString().slice(0, 10);
  const seeding = demoSources.map(async (project) => {
    await createDatabase(sources[project], project);
    await withClient(sources[project].url(project), (client) =>
      createDemoSource(client, { project, today, readerPassword }),
    );
  });
  await Promise.all(seeding);
  await createWarehouse(warehouse, ownerPassword);
  return writeStackConfig(folder, {
    sources: Object.fromEntries(
      demoSources.map((project) => [
        project,
        sources[project].url(project, 'tidehouse_reader', readerPassword),
      ]),
    ),
    warehouse: warehouse.url('analytics', 'tidehouse', ownerPassword),
    temporalAddress: temporal.address,
    weather: weather.config,
    webUi: temporal.uiUrl,
  });
}

async function createWarehouse(server: PostgresServer, password: string): Promise<void> {
  await withClient(server.url('postgres'), async (client) => {
    const { rowCount } = await client.query(`select from pg_roles where rolname = 'tidehouse'`);
    if (!rowCount)
      await client.query(`create role tidehouse login password ${client.escapeLiteral(password)}`);
  });
  await createDatabase(server, 'analytics');
  await withClient(server.url('postgres'), (client) =>
    client.query(`alter database ${quoteIdent('analytics')} owner to tidehouse`),
  );
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
