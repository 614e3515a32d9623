import type { LogLevel } from '@temporalio/worker';
import { taskQueues } from '../../model/run.ts';
import type { Queue } from '../../model/run.ts';
import { runWorker } from '../../worker/run-worker.ts';
import type { Context } from '../context.ts';
import { temporalFor, withTemporal } from '../temporal.ts';

export interface WorkerOptions {
  readonly logLevel: string;
  /** Those to serve; all when absent. */
  readonly queue?: readonly Queue[];
}

/** Runs a worker until it is told to stop. Its log, one JSON object a line, goes to stderr. */
export async function worker({ found, printer }: Context, { logLevel, queue }: WorkerOptions): Promise<void> {
  // The worker's own part would tell of a server or namespace that is not there in many lines.
  await withTemporal(temporalFor(found), ({ workflowService, options: { namespace } }) =>
    workflowService.describeNamespace({ namespace }),
  );
  await runWorker({
    config: found.path,
    ...(found.up ? { temporalFile: found.up.temporalFile } : {}),
    logLevel: logLevel.toUpperCase() as LogLevel,
    queues: queue ?? taskQueues,
  });
  printer.result({ status: 'stopped' }, 'The worker has stopped.');
}
