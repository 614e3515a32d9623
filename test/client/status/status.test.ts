import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applySchedules } from '../../../client/schedules/apply.ts';
import { schedulesOnly } from '../../support/config.ts';
import { freshWarehouse } from '../../support/postgres.ts';
import type { FreshDatabase } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { packagesLoadedBy } from '../../support/packages-loaded.ts';
import { configOfNowhere, nowhere, tidehouse } from '../../support/run-command.ts';
import { openTemporal } from '../../support/temporal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { unreachableSources } from '../../support/unreachable-sources.ts';
import type { UnreachableSources } from '../../support/unreachable-sources.ts';

let warehouse: FreshDatabase;
let sources: UnreachableSources;

beforeAll(async () => {
  warehouse = await freshWarehouse();
  sources = await unreachableSources(warehouse.url);
});

afterAll(() => warehouse.drop());

const run = (...args: string[]) => sources.run(...args);

test('without Temporal, status shows the warehouse and exits with 3', async () => {
  await query(
    warehouse.url,
    `insert into ops.source (source, batch, complete_through, error, error_at, failing_since)
     values ('project_a', 'b1', '2026-11-24 13:21:05.123456+00', 'source "project_a": it is down.',
             '2026-11-24 13:51:07.5+00', '2026-11-24 13:31:06+00');
     create table part."clean.pages@project_a" partition of clean.pages for values in ('project_a');
     create table part."clean.events@project_a" partition of clean.events for values in ('project_a');
     insert into ops.position (source, table_name, rows, difference, shape, changed_at)
     values ('project_a', 'orders', 5, 0, '{}', now()), ('project_a', 'pages', 60, 0, '{}', now()), ('project_a', 'events', 500000, 2, '{}', now())`,
  );
  const { code, stdout, stderr } = await run('status', '--json');
  expect(code).toBe(3);
  expect(stderr).toContain(`Not shown: schedules, incidents. Temporal at ${nowhere} cannot be reached`);
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
          orders: { strategy: 'sweep', rows: 0, difference: 5, gone: true },
          pages: { strategy: 'sweep', rows: 60 },
        },
      },
      project_b: { completeThrough: null, lagSeconds: null, tables: {} },
    },
    schedules: [],
    weather: [],
    incidents: [],
    missing: ['schedules', 'incidents'],
  });

  const said = await run('status');
  const [first, , ...shown] = said.stdout.split('\n');
  expect(first).toMatch(/^Config: \/.*\/tidehouse\.yaml$/);
  expect(
    shown
      .join('\n')
      .replace(/UTC {2}.*? {2,}/g, 'UTC  …  ')
      .replace(/ {2,}/g, '  '),
  ).toMatchInlineSnapshot(`
   "source  table  strategy  complete through  lag  rows  difference
   project_a  events  sweep  2026-11-24 13:21:05 UTC  …  500,000  2
   project_a  pages  sweep  2026-11-24 13:21:05 UTC  …  60  0
   project_a  orders  sweep  2026-11-24 13:21:05 UTC  …  0  5
   project_b  never

   Dropped in the warehouse: orders of project_a. The next run creates what is missing and fills it from the source.

   Last failure at 2026-11-24 13:51:07 UTC (failing since 2026-11-24 13:31:06 UTC): source "project_a": it is down.
   "
  `);
});

describe('with Temporal', () => {
  let temporal: Awaited<ReturnType<typeof openTemporal>>;
  let folder: string;
  let startedByHand: string;
  let auditedByHand: string;

  beforeAll(async () => {
    temporal = await openTemporal();
    folder = await temporaryFolder('status');
    await applySchedules(temporal.client, schedulesOnly);
    await temporal.client.workflow.start('incident', {
      workflowId: 'incident/source/project_b',
      taskQueue: 'nobody',
      memo: { problem: 'project_b is failing' },
    });
    const startByHand = async (workflowId: string) => {
      const run = await temporal.client.workflow.start('sync', { workflowId, taskQueue: 'nobody' });
      return (await run.describe()).startTime.toISOString();
    };
    auditedByHand = await startByHand('audit/manual/1');
    startedByHand = await startByHand('sync/manual/1');
  });
  afterAll(() => temporal.close());

  // Runs that were started by hand count.
  test.each([
    ['an unreachable warehouse', configOfNowhere, 3, ['sources'], /^The warehouse: .*connection refused/],
    [
      'an invalid config',
      configOfNowhere.replace('staging:', 'stages:').replace('events: {}', 'events: 7'),
      2,
      ['sources', 'weather'],
      /^\S+tidehouse\.yaml:\d+: .*\(the first of \d errors; to see all: tidehouse doctor\)$/,
    ],
  ])('with %s, status shows schedules and incidents', async (_, config, expected, missing, reason) => {
    await writeFile(join(folder, 'tidehouse.yaml'), config);
    const { code, stdout, stderr } = await tidehouse(['--config', 'tidehouse.yaml', '--json', 'status'], {
      folder,
      env: { TEMPORAL_ADDRESS: temporal.address },
    });
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toEqual({
      sources: {},
      schedules: [
        expect.objectContaining({ id: 'sync', last: startedByHand, status: 'running' }),
        expect.objectContaining({ id: 'audit', last: auditedByHand, status: 'running' }),
        expect.objectContaining({ id: 'alerts', last: null }),
      ],
      weather: [],
      incidents: [expect.objectContaining({ id: 'source/project_b', problem: 'project_b is failing' })],
      missing,
    });
    const said = `Not shown: ${missing.join(', ')}. `;
    const { message } = JSON.parse(stderr) as { message: string };
    expect(message.slice(0, said.length)).toBe(said);
    expect(message.slice(said.length)).toMatch(reason);
    expect(code).toBe(expected);
  });
});

test('status loads no native worker, and no package that only the worker uses', async () => {
  const loaded = await packagesLoadedBy(['--config', 'tidehouse.yaml', 'status'], sources);
  expect(loaded).toEqual(expect.arrayContaining(['@temporalio/client', 'pg', 'yaml', 'zod']));
  const ofWorkers =
    /^(@temporalio\/(worker|core-bridge|workflow|activity)|axios|grammy|fast-csv|pg-copy-streams|.*parquet.*)$/;
  expect(loaded.filter((name) => ofWorkers.test(name))).toEqual([]);
});
