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

export const sourceNames = ['project_a', 'project_b', 'project_c'] as const;
export type BenchSourceName = (typeof sourceNames)[number];

/** The URLs of a source: for the application, and for a read-only role. */
export interface BenchSource {
  readonly name: BenchSourceName;
  readonly owner: string;
  readonly reader: string;
}

/** The servers for both sides. */
export interface Servers extends StackConfig {
  readonly sources: readonly BenchSource[];
  /** Two databases on one server: one for Tidehouse, one for the hand-written SQL. */
  readonly tidehouseUrl: string;
  readonly psqlUrl: string;
  /** Stops all servers, Temporal first. */
  stop(): Promise<void>;
}

const password = randomBytes(18).toString('base64url');

/** Starts three sources with the application's empty tables, a warehouse with two empty databases, and Temporal. */
export async function startServers(folder: string, print: (line: string) => void): Promise<Servers> {
  const binary = await temporalBinary(print);
  const started: { stop(): Promise<void> }[] = [];
  const keep = <T extends { stop(): Promise<void> }>(server: T): T => {
    started.unshift(server);
    return server;
  };
  const stop = async () => {
    for (const server of started.splice(0)) await server.stop();
  };
  try {
    const sources: BenchSource[] = [];
    for (const name of sourceNames)
      sources.push(await prepareSource(name, keep(await startOne(folder, name))));
    const warehouse = keep(await startOne(folder, 'warehouse'));
    const [tidehouseUrl, psqlUrl] = await prepareWarehouse(warehouse);
    const temporal = keep(await startTemporal({ folder: join(folder, 'temporal'), binary }));
    const config = await writeStackConfig(folder, {
      sources: Object.fromEntries(sources.map(({ name, reader }) => [name, reader])),
      warehouse: tidehouseUrl,
      temporalAddress: temporal.address,
      weather: undefined,
    });
    return { ...config, sources, tidehouseUrl, psqlUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The settings of a server as it is installed, which a local server of ours leaves. */
const stock = { fsync: 'on', shared_buffers: '128MB', max_connections: '100', log_checkpoints: 'on' };

async function startOne(folder: string, name: string): Promise<PostgresServer> {
  const data = join(folder, 'postgres', name);
  await mkdir(join(folder, 'postgres'), { recursive: true });
  await initPostgres(data, { password });
  return startPostgres({ folder: data, password, settings: stock });
}

async function prepareSource(name: BenchSourceName, server: PostgresServer): Promise<BenchSource> {
  await createDatabase(server, name);
  const owner = server.url(name);
  await onDatabase(owner, async (client) => {
    await client.query(sqlFile('demo/source.sql'));
    await client.query(`select set_config('demo.reader_password', $1, false)`, [password]);
    await client.query(sqlFile('demo/reader.sql'));
  });
  return { name, owner, reader: server.url(name, 'tidehouse_reader', password) };
}

/** Creates the two databases and returns their URLs. */
async function prepareWarehouse(server: PostgresServer): Promise<[tidehouse: string, psql: string]> {
  const names = ['analytics', 'psql'] as const;
  for (const name of names) await createDatabase(server, name);
  await onDatabase(server.url('postgres'), async (client) => {
    await client.query(`create role tidehouse login password '${password}'`);
    for (const name of names) await client.query(`alter database ${name} owner to tidehouse`);
  });
  return [server.url('analytics', 'tidehouse', password), server.url('psql', 'tidehouse', password)];
}
