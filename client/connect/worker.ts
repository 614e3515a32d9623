import type { LogLevel } from '@temporalio/worker';
import { ConfigError } from '../../model/config.ts';
import { taskQueues } from '../../model/names.ts';
import type { Queue } from '../../model/names.ts';
import { runWorker } from '../../worker/run-worker.ts';
import { SchemaMismatch } from '../../worker/schema-check.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { temporalFor, withTemporal } from './temporal.ts';

export interface WorkerOptions {
  readonly logLevel: string;
  /** The task queues to serve; all when absent. */
  readonly queue: readonly Queue[] | undefined;
}

/** Runs a worker until it is stopped. Its log goes to stderr, one JSON object per line. */
export async function worker({ found, printer }: Context, { logLevel, queue }: WorkerOptions): Promise<void> {
  const where = temporalFor(found);
  const checkTemporal = () =>
    withTemporal(where, ({ workflowService, options: { namespace } }) =>
      workflowService.describeNamespace({ namespace }),
    );
  // The message about a missing server or namespace is clearer than the native worker's.
  await checkTemporal();
  try {
    await runWorker({
      config: found.path,
      ...(found.up ? { temporalFile: found.up.temporalFile } : {}),
      logLevel: logLevel.toUpperCase() as LogLevel,
      queues: queue ?? taskQueues,
    });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof SchemaMismatch) throw new CommandFailure(exitCodes.invalid, error.message);
    // Temporal may deny access by now, for example after an API key was revoked: that message is clearer.
    await checkTemporal();
    if (!(error instanceof Error) || error.name !== 'TransportError') throw error;
    throw new CommandFailure(
      exitCodes.unreachable,
      `Temporal at ${where.address} accepts commands but not the worker: ${error.message}`,
    );
  }
  printer.result({ status: 'stopped' }, 'The worker has stopped.');
}
