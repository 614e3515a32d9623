import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sqlFile } from '../activities/postgres/sql-file.ts';
import { benchFile, onDatabase, runScript } from './database.ts';
import type { BenchSource, Servers } from './servers.ts';

/** The same work by psql and hand-written SQL. Each function returns its duration in milliseconds. */
export interface Psql {
  /** All sources in parallel: extract by cursor, load raw, upsert into clean. */
  load(): Promise<number>;
  createViews(): Promise<number>;
  refreshViews(): Promise<number>;
}

/** An error message when psql is not installed; undefined when it is. */
export async function missingPsql(): Promise<string | undefined> {
  try {
    await promisify(execFile)('psql', ['--version']);
    return undefined;
  } catch {
    return 'The benchmark compares with psql, which is not on the PATH; install the Postgres client.';
  }
}

/** Creates the tables of the hand-written SQL in its empty database. */
export async function preparePsql(folder: string, servers: Servers): Promise<Psql> {
  const { sources, psqlUrl } = servers;
  await onDatabase(psqlUrl, async (client) => {
    await client.query('create schema raw; create schema clean');
    await client.query(sqlFile('warehouse/0002-session-star.sql'));
  });
  await runScript(psqlUrl, 'psql/tables.sql', { 'bench.sources': sources.map(({ name }) => name).join(',') });
  for (const { name } of sources) await mkdir(join(folder, 'psql', name), { recursive: true });
  const views = (script: string) => timed(() => runPsql(script, psqlUrl, folder));
  return {
    load: () => timed(() => Promise.all(sources.map((source) => loadSource(source, folder, psqlUrl)))),
    createViews: () => views('views.sql'),
    refreshViews: () => views('refresh.sql'),
  };
}

async function loadSource({ name, reader }: BenchSource, folder: string, warehouse: string): Promise<void> {
  await runPsql('load.sql', warehouse, join(folder, 'psql', name), {
    project: name,
    raw: `raw_${name}`,
    // The exchange rates are the same for all projects, and are read from one source.
    rates: name === 'project_a' ? 'on' : 'off',
    source: reader,
    warehouse,
  });
}

async function runPsql(
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
  const start = performance.now();
  await work();
  return performance.now() - start;
}
