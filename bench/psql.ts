import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sqlFile } from '../activities/postgres/sql-file.ts';
import { benchFile, onDatabase, runScript } from './database.ts';
import type { Host, Servers } from './servers.ts';

/** The same work by psql and hand-written SQL. Each measures itself, in milliseconds. */
export interface ByHand {
  /** All hosts at once: extract by cursor, load raw, upsert into clean. */
  load(): Promise<number>;
  /** Makes the materialized views, or computes them anew. */
  makeViews(): Promise<number>;
  refreshViews(): Promise<number>;
}

/** The sentence to end with where there is no psql; nothing where there is. */
export async function psqlMissing(): Promise<string | undefined> {
  try {
    await promisify(execFile)('psql', ['--version']);
    return undefined;
  } catch {
    return 'The bench compares with psql, which is not on the PATH; install the Postgres client.';
  }
}

/** Prepares the empty database for it. */
export async function prepareByHand(folder: string, servers: Servers): Promise<ByHand> {
  const { hosts, byHand } = servers;
  await onDatabase(byHand, async (client) => {
    await client.query('create schema raw; create schema clean');
    await client.query(sqlFile('warehouse/0002-session-star.sql'));
  });
  await runScript(byHand, 'psql/tables.sql', { 'bench.hosts': hosts.map(({ name }) => name).join(',') });
  for (const { name } of hosts) await mkdir(join(folder, 'by-hand', name), { recursive: true });
  const views = (script: string) => timed(() => psql(script, byHand, folder));
  return {
    load: () => timed(() => Promise.all(hosts.map((host) => loadHost(host, folder, byHand)))),
    makeViews: () => views('views.sql'),
    refreshViews: () => views('refresh.sql'),
  };
}

async function loadHost({ name, reader }: Host, folder: string, warehouse: string): Promise<void> {
  await psql('load.sql', warehouse, join(folder, 'by-hand', name), {
    project: name,
    raw: `raw_${name}`,
    // The rates hold for all projects, and are read from one.
    rates: name === 'project_a' ? 'on' : 'off',
    host: reader,
    warehouse,
  });
}

async function psql(
  script: string,
  url: string,
  cwd: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const sets = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const args = ['-X', '-q', '-f', benchFile(join('psql', script)), ...sets, url];
  await promisify(execFile)('psql', args, {
    cwd,
    env: { ...process.env, PGOPTIONS: '-c client_min_messages=warning' },
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
