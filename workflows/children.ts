import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  condition,
  isCancellation,
  sleep,
} from '@temporalio/workflow';
import type { Failure } from '../model/failure.ts';
import { childTimeoutMinutes } from '../model/runs.ts';
import { unwrapFailure } from '../model/unwrap-failure.ts';

/** The outcome of a child: it completed, it failed, or it is still running without its parent. */
export type Settled<T> =
  | { readonly status: 'completed'; readonly result: T; readonly runId: string }
  | { readonly status: 'failed'; readonly failure: Failure }
  | { readonly status: 'running' };

export interface Waiting {
  /** How long to wait for all children, in minutes. */
  readonly waitMinutes: number;
  /** When a child is already running, wait for it and then start another. */
  readonly afterRunning?: boolean;
}

/** A child that Temporal has started. */
export interface StartedChild<T> {
  readonly firstExecutionRunId: string;
  result(): Promise<T>;
}

/** The options of a child that goes on by itself whatever happens to its parent, and whose id is a mutex. */
export function detachedChild(workflowId: string, staticSummary: string) {
  return {
    workflowId,
    staticSummary,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    workflowExecutionTimeout: childTimeoutMinutes * 60_000,
  } as const;
}

/**
 * How many starts may wait for Temporal's answer at once. Each is a command of one workflow task, which Temporal limits in
 * size and time.
 */
const maxStarts = 100;

/**
 * Starts a child for each name and waits for them as long as `waitMinutes` says. The children start in waves, and no start
 * waits for a child to end: so none stops or delays another. A child whose id an earlier run holds is `running`, unless
 * `afterRunning` asks to wait for it. `onSettled` is called for each child that settles in time. Each child is started
 * before this returns, however long that takes.
 */
export async function awaitChildren<T>(
  names: readonly string[],
  { waitMinutes, afterRunning = false }: Waiting,
  start: (name: string) => Promise<StartedChild<T>>,
  onSettled: (name: string, settled: Settled<T>) => void,
): Promise<void> {
  let open = names.length;
  let next = 0;
  const settle = (name: string, settled: Settled<T>) => {
    open--;
    onSettled(name, settled);
  };
  // Each promise costs time in every replay, because the SDK records its stack: hence few per child.
  const follow = (name: string, child: StartedChild<T>) =>
    child.result().then(
      (result) => settle(name, { status: 'completed', result, runId: child.firstExecutionRunId }),
      (error: unknown) => settle(name, failed(error)),
    );
  const followLater = async (name: string, error: unknown) => {
    if (!isAlreadyRunning(error)) settle(name, failed(error));
    else if (!afterRunning) settle(name, { status: 'running' });
    else
      await startAfterRunning(() => start(name), names.length).then(
        (child) => follow(name, child),
        (otherError: unknown) => settle(name, failed(otherError)),
      );
  };
  const startInTurn = async () => {
    while (next < names.length) {
      const name = names[next++]!;
      try {
        void follow(name, await start(name));
      } catch (error) {
        void followLater(name, error);
      }
    }
  };
  const starting = Array.from({ length: Math.min(maxStarts, names.length) }, startInTurn);
  const waiting = condition(() => open === 0, waitMinutes * 60_000, {
    summary: 'stop waiting for slow children; they go on by themselves',
  });
  await Promise.all([waiting, ...starting]);
}

function isAlreadyRunning(error: unknown): boolean {
  return error instanceof WorkflowExecutionAlreadyStartedError;
}

function failed(error: unknown): Settled<never> {
  if (isCancellation(error) && CancellationScope.current().consideredCancelled) return { status: 'running' };
  return { status: 'failed', failure: unwrapFailure(error) };
}

/** Tries again and again to start a child, until the run that holds its id has ended. */
async function startAfterRunning<T>(
  start: () => Promise<StartedChild<T>>,
  children: number,
): Promise<StartedChild<T>> {
  for (let attempt = 1; ; attempt++) {
    await sleep(pauseMs(attempt, children), { summary: 'wait for the run that is already going' });
    try {
      return await start();
    } catch (error) {
      if (!isAlreadyRunning(error)) throw error;
    }
  }
}

/**
 * How long to wait before the next attempt at a start that an earlier run prevents. That run may take two hours, and there
 * may be many: asking less and less often, and less often for many, keeps this history within Temporal's limit.
 */
function pauseMs(attempt: number, children: number): number {
  return Math.min(attempt, 30) * Math.max(1, children / 8) * 1_000;
}
