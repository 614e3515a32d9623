import type { LogLevel } from '@temporalio/worker';
import { ConfigError } from '../../model/config.ts';
import { taskQueues } from '../../model/names.ts';
import type { Queue } from '../../model/names.ts';
import { runWorker } from '../../worker/run-worker.ts';
import { SchemaMismatch } from '../../worker/schema-check.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';

export interface WorkerOptions {
  readonly logLevel: string;
  /** Those to serve; all when absent. */
  readonly queue?: readonly Queue[];
}

/** Runs a worker until it is told to stop. Its log, one JSON object a line, goes to stderr. */
export async function worker({ found, printer }: Context, { logLevel, queue }: WorkerOptions): Promise<void> {
  const where = temporalFor(found);
  const askTemporal = () =>
    withTemporal(where, ({ workflowService, options: { namespace } }) =>
      workflowService.describeNamespace({ namespace }),
    );
  // The worker's own part would tell of a server or namespace that is not there in many lines.
  await askTemporal();
  try {
    await runWorker({
      config: found.path,
      ...(found.up ? { temporalFile: found.up.temporalFile } : {}),
      logLevel: logLevel.toUpperCase() as LogLevel,
      queues: queue ?? taskQueues,
    });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof SchemaMismatch) throw new CommandFailure(exitCodes.wrong, error.message);
    // When it failed for what Temporal refuses by now, such as a key that was taken away, that says more.
    await askTemporal();
    if (!(error instanceof Error) || error.name !== 'TransportError') throw error;
    throw new CommandFailure(
      exitCodes.outOfReach,
      `The worker cannot be connected to Temporal at ${where.address}, though a command can: ${error.message}`,
    );
  }
  printer.result({ status: 'stopped' }, 'The worker has stopped.');
}
