import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { workersOf } from '../../activities/alerts/checks/queues.ts';
import { taskQueue } from '../../model/names.ts';
import type { Run } from './start.ts';

const firstAfterMs = 3_000;
const everyMs = 5_000;

/** A run that no worker has started after this time waits for one, even if Temporal still lists a worker. */
const startsWithinMs = 10_000;

/** Reports once each time that no worker polls the task queue any more, until `signal` aborts. */
export async function watchWorkers(
  client: Client,
  run: Run<unknown>,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  let reported = false;
  for (let afterMs = firstAfterMs; ; afterMs = everyMs) {
    await pause(afterMs, undefined, { signal }).catch(() => undefined);
    const startIsDue = performance.now() - began >= startsWithinMs;
    const missing = await client
      .withDeadline(Date.now() + 5_000, () => workerMissing(client, run, startIsDue))
      // An outage of Temporal is reported by whoever waits for the run.
      .catch(() => reported);
    if (signal.aborted) return;
    if (missing && !reported)
      log(`No worker polls task queue "${taskQueue}". Waiting for one. To start one: tidehouse worker`);
    reported = missing;
  }
}

async function workerMissing(client: Client, run: Run<unknown>, startIsDue: boolean): Promise<boolean> {
  if ((await workersOf(client, taskQueue, 'workflow')) === 0) return true;
  return startIsDue && !(await hasStarted(client, run));
}

/** Until a worker starts the run, its history has two events: the start and the first workflow task. */
async function hasStarted(client: Client, { workflowId, runId }: Run<unknown>): Promise<boolean> {
  const { historyLength } = await client.workflow.getHandle(workflowId, runId).describe();
  return historyLength > 2;
}
