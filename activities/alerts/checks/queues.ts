import type { Client } from '@temporalio/client';
import type { Problem } from '../../../model/incident.ts';
import type { Queue } from '../../../model/names.ts';

/** A worker's poll lasts a minute; one that has not polled for longer is gone, though Temporal goes on listing it. */
const goneAfterMs = 70_000;

/** Of workflow and of activity tasks; the enum's package is no dependency of ours. */
const taskTypes = { workflow: 1, activity: 2 } as const;

/** How many worker processes poll the queue for such tasks. */
export async function workersOf(
  client: Client,
  queue: Queue,
  taskType: keyof typeof taskTypes,
): Promise<number> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
    taskQueueType: taskTypes[taskType],
  });
  const since = (Date.now() - goneAfterMs) / 1000;
  const alive = pollers.filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) > since);
  return new Set(alive.map(({ identity }) => identity)).size;
}

/** The queues that no worker polls for activities. */
export async function queueProblems(
  client: Client,
  queues: readonly Queue[],
  now: number,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const queue of queues)
    if ((await workersOf(client, queue, 'activity')) === 0)
      problems.push({
        subject: `queue/${queue}`,
        kind: 'no worker',
        since: new Date(now).toISOString(),
      });
  return problems;
}
