import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { flatWarehouse } from '../../support/flat-warehouse.ts';
import type { FreshDatabase } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { launcher, nowhere } from '../../support/run-command.ts';
import { unreachableSources } from '../../support/unreachable-sources.ts';
import type { UnreachableSources } from '../../support/unreachable-sources.ts';

let warehouse: FreshDatabase;
let sources: UnreachableSources;

beforeAll(async () => {
  warehouse = await flatWarehouse();
  sources = await unreachableSources(warehouse.url);
  await query(
    warehouse.url,
    `insert into clean.events (project, user_id, id, event_name, created_at, batch)
       select 'project_' || p, u, e, 'click', now(), 'b' from unnest('{a,b}'::text[]) p, generate_series(1, 500) u, generate_series(1, 100) e;
     insert into ops.source (source) values ('project_a'), ('project_b');
     insert into ops.position (source, table_name, rows, shape, changed_at)
       select 'project_' || p, 'events', 50000, '{}', now() from unnest('{a,b}'::text[]) p`,
  );
});
afterAll(() => warehouse.drop());

const rows = () =>
  query(warehouse.url, 'select project, count(*), sum(id) from clean.events group by 1 order by 1');

test('--dry-run shows each table, what it becomes and the disk space needed, and changes nothing', async () => {
  const { code, stdout, stderr } = await sources.run('repartition', '--dry-run');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.replaceAll(/[\d.]+ (KiB|MiB|GiB)/g, 'N').replaceAll(/ +/g, ' ')).toBe(`table rows size becomes
events 100,000 N partitioned by source
pages 0 N partitioned by source
transactions 0 N partitioned by source
user_sessions 0 N partitioned by source
session_metrics 0 N ids of type bigint

Disk space needed meanwhile: N, for a copy of the largest table and its log; N are free.
`);
  const { stdout: json } = await sources.run('repartition', '--dry-run', '--json');
  expect(JSON.parse(json)).toMatchObject({
    dryRun: true,
    tables: expect.arrayContaining([
      { table: 'events', to: 'leaves', rows: 100_000, bytes: expect.any(Number) as number },
    ]) as unknown,
    kept: [],
    neededBytes: expect.any(Number) as number,
    freeBytes: expect.any(Number) as number,
  });
});

test('before that, doctor says what to run', async () => {
  const { stdout } = await sources.run('doctor');
  expect(stdout).toMatch(
    /^warning +warehouse, tables +events, .* as made by an older version: slower to land in. Run: tidehouse repartition --dry-run$/m,
  );
});

test('killed at any point it changes nothing; run again it moves every table, and after that finds nothing to do', async () => {
  const before = await rows();
  const killedAt: string[] = [];
  for (const afterMs of [0, 40, 150, 300]) {
    const child = spawn(process.execPath, [launcher, '--config', 'tidehouse.yaml', 'repartition'], {
      cwd: sources.folder,
      env: { PATH: process.env.PATH, HOME: sources.folder, TEMPORAL_ADDRESS: nowhere, ...sources.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const closed = once(child, 'close');
    await Promise.race([once(child.stderr, 'data'), closed]);
    await pause(afterMs);
    if (child.kill('SIGKILL')) killedAt.push(`${afterMs} ms`);
    await closed;
    expect(await rows()).toEqual(before);
  }
  expect(killedAt.length).toBeGreaterThan(0);

  const { code, stdout, stderr } = await sources.run('repartition');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/moved: .*session_metrics\.\n$/)]);
  expect(stderr).toMatch(/session_metrics: done in \d+\.\d s\n$/);
  expect(await rows()).toEqual(before);
  expect(await sources.run('repartition')).toEqual({ code: 0, stdout: 'Nothing to do.\n', stderr: '' });
  expect((await sources.run('doctor')).stdout).toMatch(/^ok +warehouse, tables +partitioned by source$/m);
  expect((await sources.run('status')).stdout).toMatch(/project_a .*\n? *events .*50,000/);
});

test('a warehouse that is not migrated is refused', async () => {
  await query(warehouse.url, `delete from ops.migration where name = 'warehouse/0007-leaves.sql'`);
  expect(await sources.run('repartition')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/0007-leaves\.sql is not applied\.\nRun: tidehouse migrate\n$/) as string,
  });
});
