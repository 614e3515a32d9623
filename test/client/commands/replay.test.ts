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

/** Leaves a run open that waits for its first activity, which no worker has: as `bundle` has it. */
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

test('where nothing is open it says so', async () => {
  const { code, stdout } = await replay();
  expect([code, stdout]).toEqual([0, 'There are no such runs.\n']);
});

test('a run of these workflows goes on', async () => {
  await leaveOpen(await workflowBundle(), workflowTypes.weather, 'weather/begun');
  await listed(1);
  const { code, stdout, stderr } = await replay();
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.trim().split('\n').sort()).toEqual([
    expect.stringMatching(/^weather\/begun +weather +\d {2}goes on$/),
    expect.stringMatching(/^workflow +type +events {2}with this version$/),
  ]);
});

test('what this version would break ends with 1, says why, and is left as it was; what nobody has begun goes on', async () => {
  const other = await bundleWorkflowCode({
    workflowsPath: join(packageRoot, 'test', 'support', 'other-workflows.ts'),
    logger: new DefaultLogger('WARN'),
  });
  await leaveOpen(other, workflowTypes.sync, 'sync/other');
  await leaveOpen(other, 'nightly', 'nightly/last');
  await start(workflowTypes.alerts, 'alerts/not-begun');
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
    'weather/begun': null,
    'alerts/not-begun': null,
  });
  expect(await historyOf(temporal.client, 'sync/other')).toEqual(before);
});

test('histories are saved without what tells of this machine, and never written over', async () => {
  const query = ['--query', `WorkflowType = "${workflowTypes.weather}"`, '--save', 'histories'];
  expect((await replay(...query)).code).toBe(0);
  const files = await readdir(join(folder, 'histories'));
  expect(files).toEqual([expect.stringMatching(/^weather-begun-[0-9a-f]{8}\.json$/)]);
  const kept = JSON.parse(await readFile(join(folder, 'histories', files[0]!), 'utf8')) as unknown;
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, kept, 'weather/begun');
  const text = JSON.stringify(kept);
  expect([...text.matchAll(/"identity":"([^"]*)"/g)].map(([, identity]) => identity)).toContain('recorder');
  expect(text).not.toContain(`@${hostname()}`);
  const again = await replay(...query);
  expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/is there already/)]);
});

test('a filter that Temporal does not understand ends with 2 and says what it said', async () => {
  const { code, stderr } = await replay('--query', 'Colour = "red"');
  expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
  expect(stderr).toContain('Colour');
});
