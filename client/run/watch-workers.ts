import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { workersOf } from '../../activities/alerts/checks/queues.ts';
import { taskQueue } from '../../model/names.ts';
import type { Run } from './start.ts';

const firstAfterMs = 3_000;
const everyMs = 5_000;

/** A run that is not taken up for so long waits for a worker, whatever Temporal still lists. */
const untouchedMs = 10_000;

/** Says when no worker serves the task queue, once each time that it comes to be so, until `signal` aborts. */
export async function watchWorkers(
  client: Client,
  run: Run<unknown>,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  let said = false;
  for (let afterMs = firstAfterMs; ; afterMs = everyMs) {
    await pause(afterMs, undefined, { signal }).catch(() => undefined);
    const patient = performance.now() - began < untouchedMs;
    const missing = await client
      .withDeadline(Date.now() + 5_000, () => workerMissing(client, run, patient))
      // Temporal's silence is told elsewhere.
      .catch(() => said);
    if (signal.aborted) return;
    if (missing && !said)
      say(
        `No worker takes the work of task queue "${taskQueue}"; start one with: tidehouse worker. Waiting.`,
      );
    said = missing;
  }
}

async function workerMissing(client: Client, run: Run<unknown>, patient: boolean): Promise<boolean> {
  if ((await workersOf(client, taskQueue, 'workflow')) === 0) return true;
  return !patient && !(await isTakenUp(client, run));
}

/** Before a worker takes it up, a history holds its start and one task. */
async function isTakenUp(client: Client, { workflowId, runId }: Run<unknown>): Promise<boolean> {
  const { historyLength } = await client.workflow.getHandle(workflowId, runId).describe();
  return historyLength > 2;
}
