import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  condition,
  isCancellation,
  sleep,
} from '@temporalio/workflow';
import { concurrently } from '../model/concurrently.ts';
import type { Failure } from '../model/failure.ts';
import { unwrapFailure } from '../model/unwrap-failure.ts';

/** What became of a child: it completed, it failed, or it goes on without its parent. */
export type Settled<T> =
  | { readonly status: 'completed'; readonly result: T; readonly runId: string }
  | { readonly status: 'failed'; readonly failure: Failure }
  | { readonly status: 'running' };

export interface Waiting {
  /** How long to wait for all children, in minutes. */
  readonly waitMinutes: number;
  /** Wait for a child that is already running, and then run once more. */
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
    workflowExecutionTimeout: '2 hours',
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
  const pauseFor = (attempt: number) => pauseMs(attempt, names.length);
  const starting = concurrently(names, maxStarts, async (name) => {
    const first = await tryToStart(() => start(name));
    void settle(first, () => start(name), afterRunning ? pauseFor : undefined).then((settled) => {
      open--;
      onSettled(name, settled);
    });
  });
  const waiting = condition(() => open === 0, waitMinutes * 60_000, {
    summary: 'stop waiting for slow children; they go on by themselves',
  });
  await Promise.all([starting, waiting]);
}

type Start<T> =
  | { readonly child: StartedChild<T> }
  | { readonly child?: undefined; readonly alreadyRunning: true }
  | { readonly child?: undefined; readonly alreadyRunning?: undefined; readonly error: unknown };

async function tryToStart<T>(start: () => Promise<StartedChild<T>>): Promise<Start<T>> {
  try {
    return { child: await start() };
  } catch (error) {
    return error instanceof WorkflowExecutionAlreadyStartedError ? { alreadyRunning: true } : { error };
  }
}

/** Waits for the end of a child, and before that for the run that holds its id, where `pauseFor` says how often to ask. */
async function settle<T>(
  first: Start<T>,
  start: () => Promise<StartedChild<T>>,
  pauseFor: ((attempt: number) => number) | undefined,
): Promise<Settled<T>> {
  try {
    let started = first;
    for (let attempt = 1; !started.child; attempt++) {
      if (!started.alreadyRunning) throw started.error;
      if (!pauseFor) return { status: 'running' };
      await sleep(pauseFor(attempt), { summary: 'wait for the run that is already going' });
      started = await tryToStart(start);
    }
    const { child } = started;
    return { status: 'completed', result: await child.result(), runId: child.firstExecutionRunId };
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled)
      return { status: 'running' };
    return { status: 'failed', failure: unwrapFailure(error) };
  }
}

/**
 * How long to wait before the next attempt at a start that an earlier run prevents. That run may take two hours, and there
 * may be many: asking less and less often, and less often for many, keeps this history within Temporal's limit.
 */
function pauseMs(attempt: number, children: number): number {
  return Math.min(attempt, 30) * Math.max(1, children / 8) * 1_000;
}
