import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Activities } from '../../activities/index.ts';
import type { Batch, Landed } from '../../model/batch.ts';
import { failureTypes } from '../../model/failure.ts';

let serial = 0;

/** Failures are for whoever asked for the step; a log of them would be noise. */
const logger = new DefaultLogger('ERROR');

/** Runs one step as a worker would, with a heart to beat. */
export function runStep<A extends unknown[], R>(step: (...args: A) => Promise<R>, ...args: A): Promise<R> {
  return new MockActivityEnvironment({}, { logger }).run(step, ...args);
}

/** A batch name that no other test or run has. */
export function newBatch(): string {
  return `test-${process.pid}-${++serial}`;
}

/** What the workflow syncSource does, step by step and without a Temporal server: for tests that need many runs. */
export async function syncOnce(
  activities: Activities,
  source: string,
): Promise<Landed & { batches: Batch[] }> {
  const batches: Batch[] = [];
  let keysOf: string[] = [];
  for (;;) {
    const batch = await runStep(activities.extract, { source, batchId: newBatch(), keysOf });
    batches.push(batch);
    if (!batch.idle) await runStep(activities.loadRaw, batch);
    const outcome = await runStep(activities.upsert, batch);
    if (outcome.status === 'landed') return { ...outcome, batches };
    if (batches.length > 4)
      throw new Error(`${failureTypes.cannotLand}: the books of ${outcome.tables.join(', ')} never balance`);
    keysOf = [...new Set([...keysOf, ...outcome.tables])];
  }
}
