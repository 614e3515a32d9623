import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { lastPolls } from '../../activities/alerts/checks/queues.ts';
import { taskQueue } from '../../model/names.ts';
import type { Run } from './start.ts';

const firstAfterMs = 3_000;
const everyMs = 5_000;

/** After this time, a run that no worker has started lacks a worker, even if Temporal still lists one. */
const startsWithinMs = 10_000;

/** Logs each time that the task queue loses its last worker, until `signal` aborts. */
export async function watchWorkers(
  client: Client,
  run: Run<unknown>,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const isOver = () => signal.aborted;
  const began = performance.now();
  let reported = false;
  for (let afterMs = firstAfterMs; ; afterMs = everyMs) {
    await pause(afterMs, undefined, { signal }).catch(() => undefined);
    if (isOver()) return;
    const startIsDue = performance.now() - began >= startsWithinMs;
    const missing = await client
      .withDeadline(Date.now() + 5_000, () => workerMissing(client, run, startIsDue))
      // Outages of Temporal are reported by `waitFor`.
      .catch(() => reported);
    if (isOver()) return;
    if (missing && !reported)
      log(`No worker polls task queue "${taskQueue}". Waiting for one. To start one: tidehouse worker`);
    reported = missing;
  }
}

async function workerMissing(client: Client, run: Run<unknown>, startIsDue: boolean): Promise<boolean> {
  if ((await lastPolls(client, taskQueue, 'workflow')).length === 0) return true;
  return startIsDue && !(await hasStarted(client, run));
}

/** Until a worker starts the run, its history has two events: the start and the first workflow task. */
async function hasStarted(client: Client, { workflowId, runId }: Run<unknown>): Promise<boolean> {
  const { historyLength } = await client.workflow.getHandle(workflowId, runId).describe();
  return historyLength > 2;
}
