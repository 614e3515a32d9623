import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Activities } from '../../activities/index.ts';
import type { Batch, Landed } from '../../model/batch.ts';
import { landChanges } from '../../workflows/land-changes.ts';

let serial = 0;

/** The caller receives the failures, so logging them would be noise. */
const logger = new DefaultLogger('ERROR');

/** Runs one activity as a worker would, with heartbeats. */
export function runActivity<A extends unknown[], R>(
  activity: (...args: A) => Promise<R>,
  ...args: A
): Promise<R> {
  return new MockActivityEnvironment({}, { logger }).run(activity, ...args);
}

/** The id of the first batch of another run. */
export function newBatch(): string {
  return `test-${process.pid}-${++serial}-1`;
}

/** Extracts the changes of a source, of which there are some. */
export async function extractChanges(activities: Activities, source: string): Promise<Batch> {
  const input = { source, batchId: newBatch(), keysOf: [] };
  const extracted = await runActivity(activities.extract, input);
  if ('status' in extracted) throw new Error(`Nothing has changed at ${source}.`);
  return extracted;
}

/** Lands the changes of the source like the workflow syncSource, but without a Temporal server, for tests that need many runs. */
export async function syncOnce(
  activities: Activities,
  source: string,
): Promise<Landed & { batches: Batch[] }> {
  const batches: Batch[] = [];
  const landed = await landChanges(source, {
    activities: {
      async extract(input) {
        const extracted = await runActivity(activities.extract, input);
        if (!('status' in extracted)) batches.push(extracted);
        return extracted;
      },
      firstLoad: (input) => runActivity(activities.firstLoad, input),
      loadRaw: (batch) => runActivity(activities.loadRaw, batch),
      upsert: (batch) => runActivity(activities.upsert, batch),
    },
    batchId: newBatch,
    report: () => undefined,
    holdsBack: () => true,
  });
  return { ...landed, batches };
}
