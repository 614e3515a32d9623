import type { Worker } from '@temporalio/worker';

/** The part of a worker that is used. */
export type Runnable = Pick<Worker, 'run' | 'shutdown' | 'getState'>;

/**
 * Runs the workers of this process until all have ended. When one of them fails, the others are told to stop, finish
 * what they hold, and its error is thrown: half a process would look alive and leave a task queue without anyone.
 */
export async function runTogether(workers: readonly Runnable[]): Promise<void> {
  const ends = await Promise.allSettled(
    workers.map((worker) =>
      worker.run().catch((error: unknown) => {
        for (const other of workers) if (other.getState() === 'RUNNING') other.shutdown();
        throw error;
      }),
    ),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
