import type { Client } from '@temporalio/client';
import type { Problem } from '../../../model/incident.ts';
import type { Queue } from '../../../model/names.ts';
import { filesQueue, taskQueue } from '../../../model/names.ts';
import type { CheckContext } from './context.ts';

/** A worker's poll lasts a minute: a worker that has not polled for longer is gone, even if Temporal still lists it. */
const goneAfterMs = 70_000;

/** The values of Temporal's task queue type; the package with the enum is not a direct dependency. */
const taskTypes = { workflow: 1, activity: 2 } as const;

/** The number of worker processes that poll the queue for tasks of this type. */
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

/** Reports each queue that no worker polls for activities; the weather folder's queue only when a place is configured. */
export async function checkQueues({ client, config: { weather }, now }: CheckContext): Promise<Problem[]> {
  const queues: readonly Queue[] = weather?.places.length ? [taskQueue, filesQueue] : [taskQueue];
  const problems: Problem[] = [];
  for (const queue of queues)
    if ((await workersOf(client, queue, 'activity')) === 0)
      problems.push({ subject: `queue/${queue}`, kind: 'no worker', since: new Date(now).toISOString() });
  return problems;
}
