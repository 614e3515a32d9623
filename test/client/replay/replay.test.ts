import { readFile, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { packageRoot } from '../../../activities/package-root.ts';
import { taskQueue, workflowTypes } from '../../../model/names.ts';
import { eventually } from '../../support/eventually.ts';
import { historyOf } from '../../support/history.ts';
import { quietTemporal } from '../../support/quiet-temporal.ts';
import { openTemporal } from '../../support/temporal.ts';
import type { TestTemporal } from '../../support/temporal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { workflowBundle } from '../../support/workflow-bundle.ts';
import { configOfNowhere, tidehouse } from '../../support/run-command.ts';

let temporal: TestTemporal;
let folder: string;

beforeAll(async () => {
  temporal = await openTemporal();
  quietTemporal();
  folder = await temporaryFolder('replay');
  await writeFile(join(folder, 'tidehouse.yaml'), configOfNowhere);
}, 400_000);
afterAll(() => temporal.close());

const replay = (...args: string[]) =>
  tidehouse(['--config', 'tidehouse.yaml', 'replay', ...args], {
    folder,
    env: { TEMPORAL_ADDRESS: temporal.address },
  });

const start = (workflowType: string, workflowId: string) =>
  temporal.client.workflow.start(workflowType, {
    taskQueue,
    workflowId,
    args: [{ waitMinutes: 1 }],
  });

/** Leaves a run of a workflow in `bundle` open, waiting for its first activity, which no worker executes. */
async function leaveOpen(
  bundle: WorkflowBundleOption,
  workflowType: string,
  workflowId: string,
): Promise<void> {
  const connection = await NativeConnection.connect({ address: temporal.address });
  const worker = await Worker.create({ connection, taskQueue, workflowBundle: bundle });
  await worker.runUntil(async () => {
    await start(workflowType, workflowId);
    await eventually('it has scheduled an activity', async () =>
      ((await historyOf(temporal.client, workflowId)).events ?? []).some(
        (event) => event.activityTaskScheduledEventAttributes,
      ),
    );
  });
  await connection.close();
}

const listed = (count: number) =>
  eventually(`${count} runs are listed`, async () => {
    const found = await temporal.client.workflow.count(`TaskQueue = "${taskQueue}"`);
    return found.count === count;
  });

test('without an open run it reports that no run matches', async () => {
  const { code, stdout } = await replay();
  expect([code, stdout]).toEqual([0, 'No run matches the filter.\n']);
});

test('a run of the current workflows replays', async () => {
  await leaveOpen(await workflowBundle(), workflowTypes.weather, 'weather/started');
  await listed(1);
  const { code, stdout, stderr } = await replay();
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.trim().split('\n').sort()).toEqual([
    expect.stringMatching(/^weather\/started +weather +\d {2}replays$/),
    expect.stringMatching(/^workflow +type +events {2}on this version$/),
  ]);
});

test('a run that this version would break makes replay exit with 1 and is not changed; a run that no worker has started replays', async () => {
  const other = await bundleWorkflowCode({
    workflowsPath: join(packageRoot, 'test', 'support', 'other-workflows.ts'),
    logger: new DefaultLogger('WARN'),
  });
  await leaveOpen(other, workflowTypes.sync, 'sync/other');
  await leaveOpen(other, 'nightly', 'nightly/last');
  await start(workflowTypes.alerts, 'alerts/not-started');
  await listed(4);
  const before = await historyOf(temporal.client, 'sync/other');
  const { code, stdout, stderr } = await replay('--json');
  expect([code, (JSON.parse(stderr) as { message: string }).message]).toEqual([
    1,
    expect.stringMatching(
      /^This version would break 2 of 4 runs: (?=.*sync\/other)(?=.*nightly\/last).* patched\(\)\.$/,
    ),
  ]);
  const { runs } = JSON.parse(stdout) as { runs: { workflowId: string; problem: string | null }[] };
  const problems = Object.fromEntries(runs.map(({ workflowId, problem }) => [workflowId, problem]));
  expect(problems).toEqual({
    'sync/other': expect.stringMatching(/listHosts.*listSources/s) as string,
    'nightly/last': expect.stringMatching(/no such function/) as string,
    'weather/started': null,
    'alerts/not-started': null,
  });
  expect(await historyOf(temporal.client, 'sync/other')).toEqual(before);
});

test('saved histories do not identify this machine, and are never overwritten', async () => {
  const query = ['--query', `WorkflowType = "${workflowTypes.weather}"`, '--save', 'histories'];
  expect((await replay(...query)).code).toBe(0);
  const files = await readdir(join(folder, 'histories'));
  expect(files).toEqual([expect.stringMatching(/^weather-started-[0-9a-f]{8}\.json$/)]);
  const kept = JSON.parse(await readFile(join(folder, 'histories', files[0]!), 'utf8')) as unknown;
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, kept, 'weather/started');
  const text = JSON.stringify(kept);
  expect([...text.matchAll(/"identity":"([^"]*)"/g)].map(([, identity]) => identity)).toContain('recorder');
  expect(text).not.toContain(`@${hostname()}`);
  const again = await replay(...query);
  expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/exists already/)]);
});

test("an invalid filter exits with 2 and Temporal's reason", async () => {
  const { code, stderr } = await replay('--query', 'Colour = "red"');
  expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
  expect(stderr).toContain('Colour');
});
