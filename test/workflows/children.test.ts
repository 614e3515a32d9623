import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import type { Fate } from '../../bench/idle-activities.ts';
import { idleActivities } from '../../bench/idle-activities.ts';
import type { FailureDetails } from '../../model/failure.ts';
import { failureTypes } from '../../model/failure.ts';
import { progressQuery, taskQueue, workflowTypes } from '../../model/names.ts';
import type { SyncInput, SyncProgress, SyncResult } from '../../model/runs.ts';
import type { sync } from '../../workflows/index.ts';
import { eventually } from '../support/eventually.ts';
import { detailsOf, historyOf } from '../support/history.ts';
import { openTemporal } from '../support/temporal.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

/** More than one wave of starts; `npm run bench:sources` has a thousand. */
const sourceCount = 120;
const tableCount = 20;

let temporal: TestTemporal;
let worker: { stop(): Promise<void> };
let fateOf: (source: string) => Fate;

beforeAll(async () => {
  temporal = await openTemporal();
  worker = await temporal.startWorker(
    idleActivities(sourceCount, tableCount, (source) => fateOf(source)),
    [taskQueue],
  );
}, 400_000);
afterAll(async () => {
  await worker.stop();
  await temporal.close();
});

type Run = WorkflowHandle<typeof sync>;
const start = (workflowId: string, input: Partial<SyncInput> = {}): Promise<Run> =>
  temporal.client.workflow.start<typeof sync>(workflowTypes.sync, {
    taskQueue,
    workflowId,
    args: [{ waitMinutes: 5, ...input }],
  });
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const statuses = ({ sources }: SyncResult) => {
  const counts: Record<string, number> = {};
  for (const { status } of Object.values(sources)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

test('many sources with many tables land: result, progress and details are bounded, and the run replays fast', async () => {
  fateOf = () => 'lands';
  const run = await start('sync/landing');
  const result = await run.result();
  expect(statuses(result)).toEqual({ landed: sourceCount });
  expect(result.sources['source_0001']).toMatchObject({
    changed: 910 * tableCount,
    extracted: 1_000 * tableCount,
  });
  // A thousand such sources are 300 kB at most.
  expect(bytesOf(result) / sourceCount).toBeLessThan(300);

  const progress = await run.query<SyncProgress>(progressQuery);
  expect(progress.counts).toEqual({ landed: sourceCount });
  expect(Object.keys(progress.sources)).toHaveLength(50);
  const details = await detailsOf(temporal.client, run.workflowId);
  expect(details).toContain(`**${sourceCount} sources**: ${sourceCount} landed`);
  expect(details).toContain(`${sourceCount - 50} more are not shown.`);

  const history = await historyOf(temporal.client, run.workflowId);
  const began = performance.now();
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, run.workflowId);
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('when all of many sources fail, the run fails with their number and a bounded text', async () => {
  fateOf = () => 'fails';
  const run = await start('sync/failing');
  const error = await run.result().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  const { type, message, details } = (error as WorkflowFailedError).cause as ApplicationFailure;
  expect(type).toBe(failureTypes.sourcesFailed);
  expect(message).toMatch(
    new RegExp(`^${sourceCount} of ${sourceCount} sources failed: source "source_\\d+": the server does not`),
  );
  expect(message).toMatch(new RegExp(`… \\| and ${sourceCount - 10} more\\.$`));
  expect(message.length).toBeLessThan(6_000);
  const [, result] = details as [FailureDetails, SyncResult];
  expect(statuses(result)).toEqual({ failed: sourceCount });
  expect(bytesOf(result)).toBeLessThan(400_000);
  const shown = await detailsOf(temporal.client, run.workflowId);
  expect(bytesOf(shown)).toBeLessThan(100_000);
});

test('sources that hang delay no start of another, however many they are', async () => {
  const hanging = 105;
  fateOf = (source) => (source <= `source_0${hanging}` ? 'waits' : 'lands');
  const run = await start('sync/hanging');
  await eventually('all others have landed', async () => {
    const { counts } = await run.query<SyncProgress>(progressQuery);
    return counts['landed'] === sourceCount - hanging && counts;
  });
  const { counts } = await run.query<SyncProgress>(progressQuery);
  expect(counts).toEqual({ running: hanging, landed: sourceCount - hanging });
  await run.cancel();
  await expect(run.result()).rejects.toThrow();
});
