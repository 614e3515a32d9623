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
import { createFailure } from '../model/failure.ts';
import { failureAbout, unwrapFailure } from '../model/unwrap-failure.ts';

/** The outcome of a child: it completed, it failed, or it is still running without its parent. */
export type Settled<T> =
  | { readonly status: 'completed'; readonly result: T }
  | { readonly status: 'failed'; readonly failure: Failure }
  | { readonly status: 'running' };

export interface Waiting {
  /** How long to wait for all children, in minutes. */
  readonly waitMinutes: number;
  /** When a child is already running, wait for it and then start another. */
  readonly afterRunning?: boolean;
}

/** The options of a child that outlives its parent whatever happens to it, and whose id is a mutex. */
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
 * Starts a child for each name, all at once, and waits for them for at most `waitMinutes`; no child stops or delays
 * another. A name whose child from an earlier run is still running settles as `running`, unless `afterRunning` asks to wait
 * for that child. Calls `onSettled` for each child that settles in time.
 */
export async function awaitChildren<T>(
  names: readonly string[],
  { waitMinutes, afterRunning = false }: Waiting,
  start: (name: string) => Promise<{ result(): Promise<T> }>,
  onSettled: (name: string, settled: Settled<T>) => void,
): Promise<void> {
  let open = names.length;
  for (const name of names) {
    void settle(() => start(name), afterRunning).then((settled) => {
      open--;
      onSettled(name, settled);
    });
  }
  await condition(() => open === 0, waitMinutes * 60_000, {
    summary: 'stop waiting for slow children; they continue on their own',
  });
}

async function settle<T>(
  start: () => Promise<{ result(): Promise<T> }>,
  afterRunning: boolean,
): Promise<Settled<T>> {
  try {
    const child = await startOne(start, afterRunning);
    return child ? { status: 'completed', result: await child.result() } : { status: 'running' };
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled)
      return { status: 'running' };
    return { status: 'failed', failure: unwrapFailure(error) };
  }
}

/** Starts a child. When one is already running, returns undefined, or with `afterRunning` waits for it first. */
async function startOne<T>(
  start: () => Promise<{ result(): Promise<T> }>,
  afterRunning: boolean,
): Promise<{ result(): Promise<T> } | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (!afterRunning) return undefined;
      // A run may take two hours: trying less and less often keeps this history short.
      await sleep(Math.min(attempt, 30) * 1_000, { summary: 'wait for the run in progress' });
    }
  }
}

/** The part that the results of sources and places have in common. */
interface Outcome {
  readonly status: string;
  readonly failure?: Failure;
}

/** The child's own result, or why it has none; `running` is the result of a child still in progress. */
export function outcomeOf<T extends Outcome>(
  kind: 'source' | 'place',
  name: string,
  settled: Settled<T>,
  running: T,
): T {
  if (settled.status === 'completed') return settled.result;
  if (settled.status === 'running') return running;
  return { ...running, status: 'failed', failure: failureAbout({ [kind]: name }, settled.failure) };
}

/** Throws a failure of `type` when any outcome is one. It names each failed one and carries `result`, all the outcomes. */
export function throwIfAnyFailed(
  kind: 'source' | 'place',
  type: string,
  outcomes: Readonly<Record<string, Outcome>>,
  result: object,
): void {
  const all = Object.values(outcomes);
  const failed = all.flatMap(({ failure }) => failure ?? []);
  if (failed.length === 0) return;
  const reasons = failed.map(({ message }) => message.split('\n')[0]!.replace(/\.$/, ''));
  const problem = `${failed.length} of ${all.length} ${kind}s failed: ${reasons.join(' | ')}`;
  throw createFailure(type, { causes: [{ problem }] }, { final: true, result });
}
