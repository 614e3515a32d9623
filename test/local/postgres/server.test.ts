import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { initPostgres } from '../../../local/postgres/cluster.ts';
import { createDatabase } from '../../../local/postgres/database.ts';
import { startPostgres } from '../../../local/postgres/server.ts';
import { isRunning } from '../../../local/process/running-process.ts';
import { eventually } from '../../support/eventually.ts';
import { urlOf } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const password = 'a password: with @ / and spaces';
let parent: string;
let folder: string;

beforeAll(async () => {
  parent = await temporaryFolder('a path with spaces');
  folder = join(parent, 'data');
  // Twice at the same time, like two processes.
  await Promise.all([initPostgres(folder, { password }), initPostgres(folder, { password })]);
});

test('a data directory is created once, completely, and leaves nothing next to it', async () => {
  await initPostgres(folder, { password: 'another' });
  expect(await readdir(parent)).toEqual(['data']);
  const server = await startPostgres({ folder, password });
  await server.stop();
  expect(isRunning(server.pid)).toBe(false);
});

test('a server killed while it works starts again with its data', async () => {
  const first = await startPostgres({ folder, password });
  expect(await createDatabase(first, 'killed')).toBe(true);
  const client = new Client({ connectionString: first.url('killed') });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('create table kept (id int); insert into kept select generate_series(1, 1000)');
  await client.query('begin; insert into kept values (0)');
  // Busy backends do not notice that their server is gone.
  client.query('select count(*) from generate_series(1, 1e12)').catch(() => undefined);
  await first.kill();
  expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

  const second = await startPostgres({ folder, password });
  expect(await query(second.url('killed'), 'select count(*)::int as rows from kept')).toEqual([
    { rows: 1000 },
  ]);
  expect(await createDatabase(second, 'killed')).toBe(false);
  await second.stop();
});

test('a server killed right after the creation of an unlogged table was aborted starts again', async () => {
  // Only a commit writes the log.
  const first = await startPostgres({ folder, password, settings: { wal_writer_delay: '10s' } });
  const [aborted, other] = [1, 2].map(() => new Client({ connectionString: first.url('postgres') }));
  for (const client of [aborted!, other!]) {
    client.on('error', () => undefined);
    await client.connect();
  }
  await aborted!.query('checkpoint');
  await aborted!.query('begin; create unlogged table aborted (id int)');
  // Writes the log so far, and not the abort.
  await other!.query('create table committed (id int)');
  await aborted!.query('rollback');
  await first.kill();
  const log = join(parent, 'recovery.log');
  const second = await startPostgres({ folder, password, log });
  expect(await readFile(log, 'utf8')).toMatch(/FATAL: .*could not create file "base.*": File exists/);
  await second.stop();
});

test('an orphaned server is stopped before the next one starts', async () => {
  const left = await startPostgres({ folder, password });
  const next = await startPostgres({ folder, password });
  expect(isRunning(left.pid)).toBe(false);
  expect(await query(next.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
  await next.stop();
});

test('a server that was asked to shut down and waits for a connection is stopping', async () => {
  const server = await startPostgres({ folder, password });
  const client = new Client({ connectionString: server.url('postgres') });
  client.on('error', () => undefined);
  await client.connect();
  expect(await server.isStopping()).toBe(false);
  process.kill(server.pid, 'SIGTERM');
  await eventually('the server shuts down', () => server.isStopping());
  await server.stop();
  expect(await server.exited).toEqual({ code: 0, signal: null });
});

test('a server uses the given settings', async () => {
  const server = await startPostgres({ folder, password, settings: { max_prepared_transactions: '7' } });
  expect(await query(server.url('postgres'), 'show max_prepared_transactions')).toEqual([
    { max_prepared_transactions: '7' },
  ]);
  await server.stop();
});

test('a port in use is reported, and nothing is left running', async () => {
  const port = Number(new URL(urlOf('postgres')).port);
  await expect(startPostgres({ folder, password, port })).rejects.toThrow(
    `cannot listen on 127.0.0.1:${port}, because another program uses that port`,
  );
  expect(await readdir(folder)).not.toContain('postmaster.pid');
});

test('a wrong password is reported, and nothing is left running', async () => {
  await expect(startPostgres({ folder, password: 'wrong' })).rejects.toThrow(
    'was initialized with another password',
  );
  expect(await readdir(folder)).not.toContain('postmaster.pid');
});

test('a folder without Postgres files is reported', async () => {
  await expect(startPostgres({ folder: parent, password })).rejects.toThrow(
    'is not a Postgres data directory',
  );
});
