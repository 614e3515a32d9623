import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlFile } from '../activities/postgres/sql-file.ts';
import { writeStackConfig } from '../local/stack-config.ts';
import type { StackConfig } from '../local/stack-config.ts';
import { initPostgres } from '../local/postgres/cluster.ts';
import { createDatabase } from '../local/postgres/database.ts';
import { startPostgres } from '../local/postgres/server.ts';
import type { PostgresServer } from '../local/postgres/server.ts';
import { temporalBinary } from '../local/temporal/binary.ts';
import { startTemporal } from '../local/temporal/server.ts';
import { onDatabase } from './database.ts';

export const hostNames = ['project_a', 'project_b', 'project_c'] as const;
export type HostName = (typeof hostNames)[number];

/** The URLs of a host: the application's, and that of the role that may only read. */
export interface Host {
  readonly name: HostName;
  readonly owner: string;
  readonly reader: string;
}

/** Everything that both ways work on. */
export interface Servers extends StackConfig {
  readonly hosts: readonly Host[];
  /** Two databases of one server: that of Tidehouse, and that of psql by hand. */
  readonly ours: string;
  readonly byHand: string;
  /** Ends all of them, Temporal first. */
  stop(): Promise<void>;
}

const password = randomBytes(18).toString('base64url');

/** Starts three hosts with the application's tables (empty), a warehouse with two empty databases, and Temporal. */
export async function startServers(folder: string, say: (line: string) => void): Promise<Servers> {
  const binary = await temporalBinary(say);
  const started: { stop(): Promise<void> }[] = [];
  const keep = <T extends { stop(): Promise<void> }>(server: T): T => {
    started.unshift(server);
    return server;
  };
  const stop = async () => {
    for (const server of started.splice(0)) await server.stop();
  };
  try {
    const hosts: Host[] = [];
    for (const name of hostNames) hosts.push(await furnishHost(name, keep(await startOne(folder, name))));
    const settings = {
      shared_buffers: '128MB',
      max_wal_size: '2GB',
      ...(JSON.parse(process.env['BENCH_SETTINGS'] ?? '{}') as Record<string, string>),
    };
    const warehouse = keep(await startOne(folder, 'warehouse', settings));
    const [ours, byHand] = await furnishWarehouse(warehouse);
    const temporal = keep(await startTemporal({ folder: join(folder, 'temporal'), binary }));
    const config = await writeStackConfig(folder, {
      sources: Object.fromEntries(hosts.map(({ name, reader }) => [name, reader])),
      warehouse: ours,
      temporalAddress: temporal.address,
      weather: undefined,
    });
    return { ...config, hosts, ours, byHand, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startOne(
  folder: string,
  name: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const data = join(folder, 'postgres', name);
  await mkdir(join(folder, 'postgres'), { recursive: true });
  await initPostgres(data, { password });
  return startPostgres({
    folder: data,
    password,
    settings,
    ...(process.env['BENCH_LOGS'] ? { log: join(process.env['BENCH_LOGS'], name + '.log') } : {}),
  });
}

async function furnishHost(name: HostName, server: PostgresServer): Promise<Host> {
  await createDatabase(server, name);
  const owner = server.url(name);
  await onDatabase(owner, async (client) => {
    await client.query(sqlFile('demo/source.sql'));
    await client.query(`select set_config('demo.reader_password', $1, false)`, [password]);
    await client.query(sqlFile('demo/reader.sql'));
  });
  return { name, owner, reader: server.url(name, 'tidehouse_reader', password) };
}

async function furnishWarehouse(server: PostgresServer): Promise<[ours: string, byHand: string]> {
  const names = ['analytics', 'by_hand'] as const;
  for (const name of names) await createDatabase(server, name);
  await onDatabase(server.url('postgres'), async (client) => {
    await client.query(`create role tidehouse login password '${password}'`);
    for (const name of names) await client.query(`alter database ${name} owner to tidehouse`);
  });
  return [server.url('analytics', 'tidehouse', password), server.url('by_hand', 'tidehouse', password)];
}
