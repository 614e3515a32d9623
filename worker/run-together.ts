import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from '@temporalio/worker';

/** The part of a worker that `runTogether` uses. */
export type Runnable = Pick<Worker, 'run' | 'shutdown' | 'getState'>;

/** How long a failed worker may take to end. */
const endsWithinMs = 5_000;

/**
 * Runs the workers of this process until all have ended. When one of them fails, the others shut down after finishing their
 * tasks, and its error is thrown. Otherwise the process would look alive and leave a task queue without a worker.
 */
export async function runTogether(workers: readonly Runnable[], withinMs = endsWithinMs): Promise<void> {
  const over = new AbortController();
  const ends = Promise.allSettled(
    workers.map((worker) =>
      worker.run().catch((error: unknown) => {
        stopOthers(workers);
        throw error;
      }),
    ),
  );
  try {
    const ended = await Promise.race([ends, untilStuck(workers, withinMs, over.signal)]);
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
  } finally {
    over.abort();
  }
}

/**
 * Throws when a worker has failed and none is running, but not all have ended: a worker that Temporal rejects waits forever
 * for polls that are no longer made.
 */
async function untilStuck(
  workers: readonly Runnable[],
  withinMs: number,
  signal: AbortSignal,
): Promise<never> {
  const hasFailed = () => workers.some((worker) => worker.getState() === 'FAILED');
  const isDone = (worker: Runnable) => ['FAILED', 'STOPPED'].includes(worker.getState());
  while (!hasFailed() || !workers.every(isDone)) {
    await pause(Math.min(withinMs, 1_000), undefined, { signal });
    if (hasFailed()) stopOthers(workers);
  }
  await pause(withinMs, undefined, { signal });
  throw new Error('A worker has failed and does not end on its own: see its log.');
}

function stopOthers(workers: readonly Runnable[]): void {
  for (const other of workers) if (other.getState() === 'RUNNING') other.shutdown();
}
