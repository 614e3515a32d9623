import type { LogLevel } from '@temporalio/worker';
import { runWorker } from '../../worker/run-worker.ts';
import type { Context } from '../context.ts';
import { temporalFor, withTemporal } from '../temporal.ts';

export interface WorkerOptions {
  readonly logLevel: string;
}

/** Runs a worker until it is told to stop. Its log, one JSON object a line, goes to stderr. */
export async function worker({ found, printer }: Context, { logLevel }: WorkerOptions): Promise<void> {
  // The worker's own part would tell of a server or namespace that is not there in many lines.
  await withTemporal(temporalFor(found), ({ workflowService, options: { namespace } }) =>
    workflowService.describeNamespace({ namespace }),
  );
  await runWorker({
    config: found.path,
    ...(found.up ? { temporalFile: found.up.temporalFile } : {}),
    logLevel: logLevel.toUpperCase() as LogLevel,
  });
  printer.result({ status: 'stopped' }, 'The worker has stopped.');
}
