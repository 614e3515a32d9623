import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { quoteIdent } from '../model/identifier.ts';
import { createDemoSource } from './demo/source.ts';
import type { DemoSource } from './demo/source.ts';
import { startDemoStation } from './demo/station.ts';
import { writeHouseConfig } from './stack-config.ts';
import type { HouseConfig } from './stack-config.ts';
import { demoWeather, realWeather } from './stack-weather.ts';
import type { HouseWeather } from './stack-weather.ts';
import { keptPorts } from './process/kept-ports.ts';
import { keptPassword } from './process/passwords.ts';
import { initPostgres } from './postgres/cluster.ts';
import { createDatabase } from './postgres/database.ts';
import { startPostgres } from './postgres/server.ts';
import type { PostgresServer } from './postgres/server.ts';
import { endLeftBehind } from './postgres/postmaster-file.ts';
import { temporalBinary } from './temporal/binary.ts';
import { endTemporalLeftBehind, startTemporal } from './temporal/server.ts';
import type { TemporalServer } from './temporal/server.ts';

export const demoHosts = ['project_a', 'project_b', 'project_c'] as const;
export type DemoHost = (typeof demoHosts)[number];

/** Three demo hosts, a warehouse and Temporal, all real, on this machine. */
export interface House extends HouseConfig {
  readonly hosts: Readonly<Record<DemoHost, PostgresServer>>;
  readonly seeded: Readonly<Record<DemoHost, DemoSource>>;
  readonly warehouse: PostgresServer;
  readonly temporal: TemporalServer;
  readonly weather: HouseWeather;
  /** Ends all of them, Temporal first. */
  stop(): Promise<void>;
}

const names = ['project_a', 'project_b', 'project_c', 'warehouse'] as const;
const stationPort = 'station';
const temporalPorts = ['grpc', 'ui', 'http', 'metrics'] as const;

/**
 * Starts everything in `folder`, which keeps the data of all servers: an earlier one's is gone on with. The hosts get
 * their demo data the first time, the warehouse an empty database; the config that leads to all of it is written anew.
 * When one does not start, the others are ended. `say` hears what takes a while.
 */
export async function openHouse(folder: string, say: (line: string) => void): Promise<House> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const binary = await temporalBinary(say);
  const ports = await keptPorts(join(folder, 'ports.json'), [...names, ...temporalPorts, stationPort]);
  const password = await keptPassword(join(folder, 'secrets', 'superuser-password'));
  const started: { stop(): Promise<void> }[] = [];
  const keep = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    started.unshift(server);
    return server;
  };
  const stop = async () => {
    await Promise.all(started.splice(0).map((server) => server.stop()));
  };

  say('Starting four Postgres servers and Temporal …');
  const postgres = names.map((name) =>
    keep(startOne(join(folder, 'postgres', name), password, ports[name], name)),
  );
  const starting = [
    ...postgres,
    keep(startTemporal({ folder: join(folder, 'temporal'), ports: pickTemporal(ports), binary })),
  ];
  const failed = (await Promise.allSettled(starting)).find((result) => result.status === 'rejected');
  try {
    if (failed) throw failed.reason as Error;
    const [a, b, c, warehouse] = await Promise.all(postgres);
    const hosts = { project_a: a!, project_b: b!, project_c: c! };
    const temporal = (await starting.at(-1)) as TemporalServer;
    const weather =
      realWeather(process.env) ??
      (await demoWeather(folder, (await keep(startDemoStation(ports[stationPort]))).url));
    say('Looking after the demo data …');
    const [seeded, config] = await furnish(folder, hosts, warehouse!, temporal, weather);
    return { hosts, seeded, warehouse: warehouse!, temporal, weather, ...config, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ends the servers that a killed process has left running in `folder`. */
export async function endHouse(folder: string): Promise<void> {
  await Promise.all(names.map((name) => endLeftBehind(join(folder, 'postgres', name))));
  await endTemporalLeftBehind(join(folder, 'temporal'));
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
    ...(name === 'warehouse' && { shared_buffers: '128MB', max_wal_size: '2GB' }),
  };
  return startPostgres({ folder, password, port, settings });
}

async function furnish(
  folder: string,
  hosts: House['hosts'],
  warehouse: PostgresServer,
  temporal: TemporalServer,
  weather: HouseWeather,
): Promise<[House['seeded'], HouseConfig]> {
  const readerPassword = await keptPassword(join(folder, 'secrets', 'reader-password'));
  const ownerPassword = await keptPassword(join(folder, 'secrets', 'owner-password'));
  const today = new Date().toISOString().slice(0, 10);
  const seeding = demoHosts.map(async (project) => {
    await createDatabase(hosts[project], project);
    return as(hosts[project].url(project), (client) =>
      createDemoSource(client, { project, today, readerPassword }),
    );
  });
  const [a, b, c] = await Promise.all(seeding);
  await createWarehouse(warehouse, ownerPassword);
  const config = await writeHouseConfig(folder, {
    sources: Object.fromEntries(
      demoHosts.map((project) => [project, hosts[project].url(project, 'tidehouse_reader', readerPassword)]),
    ),
    warehouse: warehouse.url('analytics', 'tidehouse', ownerPassword),
    temporalAddress: temporal.address,
    weather: weather.config,
    webUi: temporal.uiUrl,
  });
  return [{ project_a: a!, project_b: b!, project_c: c! }, config];
}

async function createWarehouse(server: PostgresServer, password: string): Promise<void> {
  await as(server.url('postgres'), async (client) => {
    const { rowCount } = await client.query(`select from pg_roles where rolname = 'tidehouse'`);
    if (!rowCount)
      await client.query(`create role tidehouse login password ${client.escapeLiteral(password)}`);
  });
  await createDatabase(server, 'analytics');
  await as(server.url('postgres'), (client) =>
    client.query(`alter database ${quoteIdent('analytics')} owner to tidehouse`),
  );
}

async function as<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function pickTemporal(ports: Record<(typeof temporalPorts)[number], number>) {
  const { grpc, ui, http, metrics } = ports;
  return { grpc, ui, http, metrics };
}
