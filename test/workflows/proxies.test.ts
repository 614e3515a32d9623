import { ApplicationFailure } from '@temporalio/common';
import type { Landed, Unreconciled } from '../../model/batch.ts';
import { syncSourceId, taskQueue, workflowTypes } from '../../model/names.ts';
import type { syncSource } from '../../workflows/index.ts';
import { eventually } from '../support/eventually.ts';
import { historyOf, summaries } from '../support/history.ts';
import { openTemporal } from '../support/temporal.ts';
import type { TestTemporal } from '../support/temporal.ts';

let temporal: TestTemporal;
let worker: { stop(): Promise<void> };
/** How the next attempts of extract fail, and how many there were. */
let failure: ApplicationFailure;
let attempts = 0;

beforeAll(async () => {
  temporal = await openTemporal();
  worker = await temporal.startWorker(
    {
      extract() {
        attempts++;
        return Promise.reject(failure);
      },
      recordFailure: () => Promise.resolve(),
    },
    [taskQueue],
  );
}, 400_000);
afterAll(async () => {
  await worker.stop();
  await temporal.close();
});

function start(given: Parameters<typeof ApplicationFailure.create>[0]) {
  failure = ApplicationFailure.create({ message: 'the source is away', ...given });
  attempts = 0;
  return temporal.client.workflow.start<typeof syncSource>(workflowTypes.syncSource, {
    workflowId: syncSourceId('project_a'),
    taskQueue,
    args: [{ source: 'project_a' }],
  });
}

test('an extract that fails for a while is tried four times, and then its run fails', async () => {
  const run = await start({ nextRetryDelay: 1 });
  await expect(run.result()).rejects.toThrow();
  expect(attempts).toBe(4);
});

test('an extract whose failure is final is tried once', async () => {
  const run = await start({ nonRetryable: true });
  await expect(run.result()).rejects.toThrow();
  expect(attempts).toBe(1);
});

test('the pauses between the attempts of an extract are 1, 5 and 25 seconds', async () => {
  const run = await start({});
  const pauses: number[] = [];
  for (const attempt of [2, 3, 4])
    pauses.push(
      await eventually(`attempt ${attempt} is planned`, async () => {
        const [pending] = (await run.describe()).raw.pendingActivities ?? [];
        return pending?.attempt === attempt && Number(pending.currentRetryInterval?.seconds);
      }),
    );
  await run.terminate();
  expect(pauses).toEqual([1, 5, 25]);
});

test('the summaries of a run say what is copied, and which keys are compared', async () => {
  await worker.stop();
  const batch = { source: 'project_a', id: '1', after: null, manifestSha256: '', bytes: 1 };
  const unreconciled = { status: 'unreconciled', tables: ['events', 'pages'] } as const;
  const upserts: (Unreconciled | Landed)[] = [
    { ...unreconciled, comparedInRanges: ['events'] },
    { status: 'landed', completeThrough: '2026-11-24T17:41:57.000000Z', tables: {}, analyticsCurrent: true },
  ];
  worker = await temporal.startWorker(
    {
      extract: ({ keysOf }) =>
        Promise.resolve(
          keysOf.length === 0
            ? { status: 'large', tableCount: 2, bytes: 1 }
            : { ...batch, tableCount: 2, rowCount: 7 },
        ),
      firstLoad: () => Promise.resolve(unreconciled),
      loadRaw: () => Promise.resolve(),
      upsert: () => Promise.resolve(upserts.shift()!),
    },
    [taskQueue],
  );
  await (await start({})).result();
  expect(summaries(await historyOf(temporal.client, syncSourceId('project_a')))).toEqual([
    'extract: project_a',
    'firstLoad: project_a: its new tables, straight into clean',
    'extract: project_a, with keys of events, pages',
    'loadRaw: project_a: 2 tables, 7 rows',
    'upsert: project_a: 2 tables, 7 rows',
    'extract: project_a, with keys of pages, with all keys of events',
    'loadRaw: project_a: 2 tables, 7 rows',
    'upsert: project_a: 2 tables, 7 rows',
  ]);
});
