import type { Client } from '@temporalio/client';
import type { Problem } from '../../../model/incident.ts';
import type { Queue } from '../../../model/names.ts';
import { filesQueue, taskQueue } from '../../../model/names.ts';
import type { CheckContext } from './context.ts';

/** A worker's poll lasts a minute: a worker that has not polled for longer is gone, even if Temporal still lists it. */
const goneAfterMs = 70_000;

/** The values of Temporal's task queue type; the package with the enum is not a direct dependency. */
const taskTypes = { workflow: 1, activity: 2 } as const;

/**
 * When each worker process that polls the queue for tasks of this type last began to, in ms. An idle worker does once a
 * minute, so one that was killed is among them for as long.
 */
export async function lastPolls(
  client: Client,
  queue: Queue,
  taskType: keyof typeof taskTypes,
): Promise<number[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
    taskQueueType: taskTypes[taskType],
  });
  const since = Date.now() - goneAfterMs;
  const last = new Map<string, number>();
  for (const { identity, lastAccessTime } of pollers) {
    const polledAt = Number(lastAccessTime?.seconds ?? 0) * 1_000 + (lastAccessTime?.nanos ?? 0) / 1e6;
    if (polledAt > since) last.set(identity ?? '', Math.max(polledAt, last.get(identity ?? '') ?? 0));
  }
  return [...last.values()];
}

/** Reports each queue that no worker polls for activities; the weather folder's queue only when a place is configured. */
export async function checkQueues({ client, config: { weather }, now }: CheckContext): Promise<Problem[]> {
  const queues: readonly Queue[] = weather?.places.length ? [taskQueue, filesQueue] : [taskQueue];
  const problems: Problem[] = [];
  for (const queue of queues)
    if ((await lastPolls(client, queue, 'activity')).length === 0)
      problems.push({ subject: `queue/${queue}`, kind: 'no worker', since: new Date(now).toISOString() });
  return problems;
}
