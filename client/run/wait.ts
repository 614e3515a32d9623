import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { unwrapFailure } from '../../model/unwrap-failure.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { grpc, grpcStatus } from '../connect/grpc-status.ts';
import type { Run } from './start.ts';

/** The end of a run. A failed run has a result too, unless it was ended from outside. */
export type Ending<T> =
  | { readonly status: 'completed'; readonly result: T }
  | { readonly status: 'failed'; readonly message: string; readonly result?: T };

/** After an outage of Temporal of this length the command fails. The run itself continues. */
const maxOutageMs = 5 * 60_000;

/**
 * Waits until the run ends, through outages of Temporal. Throws when an outage lasts too long, and a CommandFailure when
 * Temporal no longer knows the run.
 */
export async function waitFor<T extends object>(
  client: Client,
  run: Run<T>,
  log: (line: string) => void,
): Promise<Ending<T>> {
  for (;;) {
    try {
      return { status: 'completed', result: await run.result() };
    } catch (error) {
      if (error instanceof WorkflowFailedError) return failed(error);
      if (error instanceof WorkflowNotFoundError) throw unknownRun(run);
      if (!isOutage(error)) throw error;
      log('Temporal does not respond. Waiting for it; the run continues when it is back.');
      await waitForTemporal(client, run);
    }
  }
}

async function waitForTemporal(client: Client, run: Run<unknown>): Promise<void> {
  const end = performance.now() + maxOutageMs;
  for (;;) {
    try {
      const handle = client.workflow.getHandle(run.workflowId, run.runId);
      await client.withDeadline(Date.now() + 5_000, () => handle.describe());
      return;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw unknownRun(run);
      if (!isOutage(error) || performance.now() > end) throw error;
    }
    await pause(1_000);
  }
}

function unknownRun({ workflowId }: Run<unknown>): CommandFailure {
  return new CommandFailure(
    exitCodes.failed,
    `${workflowId}: Temporal no longer knows this run, because its database was lost or replaced. Start it again.`,
  );
}

/** Whether Temporal is down, starting or overloaded: any gRPC error except a definite denial. */
function isOutage(error: unknown): boolean {
  const status = grpcStatus(error);
  const definite: (number | undefined)[] = [
    undefined,
    grpc.notFound,
    grpc.permissionDenied,
    grpc.unauthenticated,
  ];
  return !definite.includes(status);
}

function failed<T extends object>(error: WorkflowFailedError): Ending<T> {
  const { message } = unwrapFailure(error);
  // The details of our workflows' failures are FailureDetails, then the result.
  const result: unknown = error.cause instanceof ApplicationFailure ? error.cause.details?.[1] : undefined;
  return typeof result === 'object' && result !== null
    ? { status: 'failed', message, result: result as T }
    : { status: 'failed', message };
}
