import { checkLastRuns } from '../../../../activities/alerts/checks/runs.ts';
import type { Fate } from '../../../../bench/idle-activities.ts';
import { idleActivities } from '../../../../bench/idle-activities.ts';
import type { Config } from '../../../../model/config.ts';
import { failureTypes } from '../../../../model/failure.ts';
import { syncSourceId, taskQueue, workflowTypes } from '../../../../model/names.ts';
import type { sync, syncSource } from '../../../../workflows/index.ts';
import { testConfig } from '../../../support/config.ts';
import { eventually } from '../../../support/eventually.ts';
import { openTemporal } from '../../../support/temporal.ts';
import type { TestTemporal } from '../../../support/temporal.ts';

const names = Array.from({ length: 25 }, (_, at) => `source_${String(at + 1).padStart(4, '0')}`);
let temporal: TestTemporal;
let worker: { stop(): Promise<void> };
let fateOf: (source: string) => Fate = () => 'lands';

beforeAll(async () => {
  temporal = await openTemporal();
  worker = await temporal.startWorker(
    idleActivities(names.length, 1, (source) => fateOf(source)),
    [taskQueue],
  );
}, 400_000);
afterAll(async () => {
  await worker.stop();
  await temporal.close();
});

const runSync = (workflowId: string, sources?: readonly string[]) =>
  temporal.client.workflow
    .execute<typeof sync>(workflowTypes.sync, {
      taskQueue,
      workflowId,
      args: [{ waitMinutes: 5, ...(sources && { sources }) }],
    })
    .catch(() => undefined);

const configOf = (sources: readonly string[]): Promise<Config> =>
  testConfig({
    sources: Object.fromEntries(sources.map((name) => [name, 'postgres://127.0.0.1:1/none'])),
    warehouse: 'postgres://127.0.0.1:1/none',
    staging: '/nowhere',
  }).read();

/** The subjects of the problems, and how many queries they took. */
async function check(sources: readonly string[]): Promise<{ subjects: string[]; queries: number }> {
  const list = jest.spyOn(temporal.client.workflow, 'list');
  try {
    const config = await configOf(sources);
    const problems = await checkLastRuns({ client: temporal.client, config, now: Date.now() });
    for (const { failure } of problems) expect(failure?.type).toBe(failureTypes.unavailable);
    const ofSchedules = list.mock.calls.filter(([options]) =>
      options?.query?.includes('TemporalScheduledById'),
    );
    return {
      subjects: problems.map(({ subject }) => subject).sort(),
      queries: list.mock.calls.length - ofSchedules.length,
    };
  } finally {
    list.mockRestore();
  }
}

test('the last runs of many sources take one query, and one more for those that ended none', async () => {
  const failing = names.slice(0, 20);
  fateOf = (source) => (failing.includes(source) ? 'fails' : 'lands');
  await runSync('sync/1');
  const subjects = failing.map((name) => `source/${name}`);
  await eventually(
    'visibility has all ends',
    async () => (await check(names)).subjects.length === failing.length,
  );
  expect(await check(names)).toEqual({ subjects, queries: 1 });
  expect(await check([...names, 'never_run', 'nor_this'])).toEqual({ subjects, queries: 2 });
});

test('a failed run counts until one of the same source completes, however many others have ended since', async () => {
  fateOf = () => 'lands';
  // More ends of another source than are listed for a config of two.
  const [first, second] = [names[0]!, names[1]!];
  for (let n = 0; n < 75; n++)
    await temporal.client.workflow.execute<typeof syncSource>(workflowTypes.syncSource, {
      taskQueue,
      workflowId: syncSourceId(second),
      args: [{ source: second }],
    });
  expect(await check([first, second])).toEqual({ subjects: [`source/${first}`], queries: 2 });
  await runSync('sync/first', [first]);
  await eventually(
    'the first source has recovered',
    async () => (await check([first, second])).subjects.length === 0,
  );
  expect((await temporal.client.workflow.getHandle(syncSourceId(first)).describe()).status.name).toBe(
    'COMPLETED',
  );
});
