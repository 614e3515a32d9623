import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { numberedMigrations } from '../../../activities/sync/warehouse/pending-migrations.ts';
import { freshDatabase } from '../../support/postgres.ts';
import type { FreshDatabase } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { compiled, nowhere, tidehouse } from '../../support/run-command.ts';

const migrations = numberedMigrations().length;

let warehouse: FreshDatabase;
let folder: string;

beforeAll(async () => {
  warehouse = await freshDatabase('warehouse');
  folder = await temporaryFolder('commands');
  await writeFile(
    join(folder, 'tidehouse.yaml'),
    `sources: { project_a: { url: $PROJECT_A_URL }, project_b: { url: $PROJECT_A_URL } }
warehouse: { url: $WAREHOUSE_URL }
staging: ./staging
tables: { events: {}, pages: {} }
`,
  );
});

afterAll(() => warehouse.drop());

const run = (...args: string[]) =>
  tidehouse(['--config', 'tidehouse.yaml', ...args], {
    folder,
    env: { WAREHOUSE_URL: warehouse.url, PROJECT_A_URL: `postgres://reader@${nowhere}/shop` },
  });

test('before migrate, status says to run it', async () => {
  const { code, stderr } = await run('status');
  expect(code).toBe(1);
  expect(stderr).toContain('tidehouse migrate');
});

test('migrate prints what it applied, and nothing the second time', async () => {
  const first = await run('migrate');
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/^applied warehouse\/0001-schemas\.sql\n/);
  const { code, stdout } = await run('migrate', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ applied: [] });
});

test('a view that was dropped is made again, and migrate says so', async () => {
  await query(warehouse.url, 'drop view analytics.session_analytics');
  expect(await run('migrate')).toEqual({
    code: 0,
    stdout: `applied analytics/3-session-views.sql
The view analytics.session_analytics was missing and has been made again.
The warehouse is at version ${migrations}.
`,
    stderr: '',
  });
});

test('a migration that is refused ends with 1 and the reason', async () => {
  await query(
    warehouse.url,
    `insert into ops.migration (name, sha256) values ('warehouse/9999-later.sql', '')`,
  );
  const { code, stderr } = await run('migrate');
  await query(warehouse.url, `delete from ops.migration where name = 'warehouse/9999-later.sql'`);
  expect([code, stderr]).toEqual([
    1,
    "The warehouse's schema is newer than this version of Tidehouse (it has 9999-later.sql): run the version that migrated it.\n",
  ]);
});

test('without Temporal, status shows the warehouse and ends with 3', async () => {
  await query(
    warehouse.url,
    `insert into ops.source (source, batch, complete_through, error, error_at, failing_since)
     values ('project_a', 'b1', '2026-11-24 13:21:05.123456+00', 'source "project_a": it is down.',
             '2026-11-24 13:51:07.5+00', '2026-11-24 13:31:06+00');
     insert into ops.position (source, table_name, rows, difference, shape, changed_at)
     values ('project_a', 'pages', 60, 0, '{}', now()), ('project_a', 'events', 500000, 2, '{}', now())`,
  );
  const { code, stdout, stderr } = await run('status', '--json');
  expect(code).toBe(3);
  expect(stderr).toContain(`Temporal at ${nowhere} cannot be reached`);
  expect(JSON.parse(stdout)).toEqual({
    sources: {
      project_a: {
        completeThrough: '2026-11-24T13:21:05.123456Z',
        lagSeconds: expect.any(Number) as number,
        error: 'source "project_a": it is down.',
        errorAt: '2026-11-24T13:51:07.500000Z',
        failingSince: '2026-11-24T13:31:06.000000Z',
        tables: {
          events: { strategy: 'sweep', rows: 500000, difference: 2 },
          pages: { strategy: 'sweep', rows: 60 },
        },
      },
      project_b: { completeThrough: null, lagSeconds: null, tables: {} },
    },
    schedules: [],
    weather: [],
    incidents: [],
  });

  const said = await run('status');
  expect(said.stdout.replace(/UTC {2}.*? {2,}/g, 'UTC  …  ').replace(/ {2,}/g, '  ')).toMatchInlineSnapshot(`
   "source  table  complete through  lag  rows  difference
   project_a  events  2026-11-24 13:21:05 UTC  …  500,000  2
   project_a  pages  2026-11-24 13:21:05 UTC  …  60  0
   project_b  never

   Failed last at 2026-11-24 13:51:07 UTC (failing since 2026-11-24 13:31:06 UTC): source "project_a": it is down.
   "
  `);
});

test('status never loads the native worker', () => {
  const loaded = execFileSync(
    process.execPath,
    [
      '-e',
      `require(process.argv[1]); console.log(Object.keys(require.cache).join('\\n'))`,
      join(compiled, 'status', 'status.js'),
    ],
    { encoding: 'utf8' },
  );
  expect(loaded).toContain('@temporalio/client');
  expect(loaded).not.toMatch(/@temporalio\/(worker|core-bridge)/);
});
