import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applySchedules } from '../../../client/schedules/apply.ts';
import { taskQueue, workflowTypes } from '../../../model/names.ts';
import type { sync } from '../../../workflows/index.ts';
import { schedulesOnly } from '../../support/config.ts';
import { eventually } from '../../support/eventually.ts';
import { tidehouse } from '../../support/run-command.ts';
import { openStar } from '../../support/star.ts';
import type { Star } from '../../support/star.ts';
import { openTemporal } from '../../support/temporal.ts';
import type { TestTemporal } from '../../support/temporal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let star: Star;
let temporal: TestTemporal;
let worker: { stop(): Promise<void> };
let folder: string;

const tables = { pages: {}, invoices: {} };

beforeAll(async () => {
  star = await openStar({ tables });
  temporal = await openTemporal();
  worker = await temporal.startWorker(star.activities, ['tidehouse']);
  await applySchedules(temporal.client, schedulesOnly);
  folder = await temporaryFolder('incomplete');
  const config = {
    sources: { project_a: { url: star.hosts['project_a'] } },
    warehouse: { url: star.warehouseUrl },
    staging: star.staging,
    tables,
  };
  await writeFile(join(folder, 'tidehouse.yaml'), JSON.stringify(config));
}, 400_000);
afterAll(async () => {
  await worker.stop();
  await temporal.close();
  await star.close();
});

const run = (...args: string[]) =>
  tidehouse(['--config', 'tidehouse.yaml', ...args], { folder, env: { TEMPORAL_ADDRESS: temporal.address } });

/** The schedule `sync` as `schedules list` and `status` show it once so many of its runs are listed as completed. */
async function shownAfter(runs: number) {
  const query = `WorkflowType = 'sync' AND ExecutionStatus = 'Completed'`;
  const areListed = async () => (await temporal.client.workflow.count(query)).count === runs;
  await eventually('the runs are listed', areListed);
  const { stdout } = await run('schedules', 'list', '--json');
  const { schedules } = JSON.parse(stdout) as { schedules: Record<string, unknown>[] };
  const texts = await Promise.all([run('schedules', 'list'), run('status')]);
  const lines = texts.map(({ stdout }) => stdout.split('\n').find((line) => line.startsWith('sync ')));
  return { state: schedules.find(({ id }) => id === 'sync'), lines };
}

test('the last run is shown as completed, with the number of tables that it held back', async () => {
  const { code, stderr } = await run('sync');
  expect([code, stderr]).toEqual([1, expect.stringContaining('1 table could not land, all others did.')]);
  const { state, lines } = await shownAfter(1);
  expect(state).toMatchObject({ status: 'completed', heldBack: 1 });
  for (const line of lines) expect(line).toMatch(/ completed, 1 table held back\b/);

  await star.host.query('create table invoices (id int primary key)');
  expect((await run('sync')).code).toBe(0);
  const landed = await shownAfter(2);
  expect(landed.state).not.toHaveProperty('heldBack');
  for (const line of landed.lines) expect(line).toMatch(/ completed( {2}|$)/);
});

test('the last run is shown as completed, with the number of sources that were still running', async () => {
  await star.host.query('begin; lock table pages in access exclusive mode');
  const started = await temporal.client.workflow.start<typeof sync>(workflowTypes.sync, {
    taskQueue,
    workflowId: 'sync/manual/impatient',
    args: [{ waitMinutes: 0.02 }],
  });
  await started.result();
  const { state, lines } = await shownAfter(3);
  await star.host.query('rollback');
  expect(state).toMatchObject({ status: 'completed', stillRunning: 1 });
  for (const line of lines) expect(line).toMatch(/ completed, 1 source was still running\b/);
});
