import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { grpc, grpcStatus } from '../connect/grpc-status.ts';
import type { Run } from './start.ts';

/** How a run ended. A failed one has a result where it came to its own end. */
export type Ending<T> =
  | { readonly status: 'completed'; readonly result: T }
  | { readonly status: 'failed'; readonly message: string; readonly result?: T };

/** An outage of Temporal that is longer than this is told to whoever waits; the run goes on without us. */
const outageMs = 5 * 60_000;

/** Waits until the run ends, through outages of Temporal. Throws when one lasts too long, or the run is unknown to it. */
export async function waitFor<T extends object>(
  client: Client,
  run: Run<T>,
  say: (line: string) => void,
): Promise<Ending<T>> {
  for (;;) {
    try {
      return { status: 'completed', result: await run.result() };
    } catch (error) {
      if (error instanceof WorkflowFailedError) return failed(error);
      if (error instanceof WorkflowNotFoundError) throw forgotten(run);
      if (!isOutage(error)) throw error;
      say('Temporal does not answer; waiting for it. The run goes on when it is back.');
      await untilAnswers(client, run);
    }
  }
}

async function untilAnswers(client: Client, run: Run<unknown>): Promise<void> {
  const end = performance.now() + outageMs;
  for (;;) {
    try {
      const handle = client.workflow.getHandle(run.workflowId, run.runId);
      await client.withDeadline(Date.now() + 5_000, () => handle.describe());
      return;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw forgotten(run);
      if (!isOutage(error) || performance.now() > end) throw error;
    }
    await pause(1_000);
  }
}

function forgotten({ workflowId }: Run<unknown>): CommandFailure {
  return new CommandFailure(
    exitCodes.failed,
    `Temporal does not know the run ${workflowId} any more: its database was lost or replaced. Start it again.`,
  );
}

/** What a server that is gone, starting or overloaded answers: all but a clear no. */
function isOutage(error: unknown): boolean {
  const status = grpcStatus(error);
  const clear: (number | undefined)[] = [
    undefined,
    grpc.notFound,
    grpc.permissionDenied,
    grpc.unauthenticated,
  ];
  return !clear.includes(status);
}

function failed<T extends object>({ cause, message }: WorkflowFailedError): Ending<T> {
  const sentence = sayEnd(cause, message);
  const detail: unknown = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  // Only our own workflows put their result there.
  return typeof detail === 'object' && detail !== null
    ? { status: 'failed', message: sentence, result: detail as T }
    : { status: 'failed', message: sentence };
}

function sayEnd(cause: Error | undefined, message: string): string {
  if (cause instanceof TerminatedFailure) return `it was terminated (${cause.message})`;
  if (cause instanceof CancelledFailure) return 'it was cancelled';
  return cause?.message ?? message;
}
