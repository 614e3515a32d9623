import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  condition,
  isCancellation,
  sleep,
} from '@temporalio/workflow';
import { named } from '../model/failure-types.ts';
import { reasonOf } from './reason.ts';

/** How a child stands: it has ended well, it has failed, or it goes on without its parent. */
export type Settled<T> =
  | { readonly status: 'completed'; readonly result: T }
  | { readonly status: 'failed'; readonly error: string }
  | { readonly status: 'running' };

export interface Patience {
  /** How long to wait for all children, in milliseconds. */
  readonly patienceMs: number;
  /** Wait for a child that is already running, and then run once more. */
  readonly afterRunning?: boolean;
}

/** The options of a child that goes on by itself whatever happens to its parent, and whose id is a mutex. */
export function childApart(workflowId: string, staticSummary: string) {
  return {
    workflowId,
    staticSummary,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    workflowExecutionTimeout: '2 hours',
  } as const;
}

/**
 * Starts a child for each name, all at once, and waits for them as long as `patienceMs` says, so that none stops or
 * delays another. One whose id an earlier run holds is `running`, unless it is to be waited for. `told` hears of each
 * that settles.
 */
export async function settleChildren<T>(
  names: readonly string[],
  { patienceMs, afterRunning = false }: Patience,
  start: (name: string) => Promise<{ result(): Promise<T> }>,
  told: (name: string, settled: Settled<T>) => void,
): Promise<void> {
  let open = names.length;
  for (const name of names) {
    void settle(() => start(name), afterRunning).then((settled) => {
      open--;
      told(name, settled);
    });
  }
  await condition(() => open === 0, patienceMs, {
    summary: 'then those that still run are left to themselves',
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
    return { status: 'failed', error: reasonOf(error).message };
  }
}

/** Starts a child; answers nothing when one is running, unless it is to be waited for. */
async function startOne<T>(
  start: () => Promise<{ result(): Promise<T> }>,
  afterRunning: boolean,
): Promise<{ result(): Promise<T> } | undefined> {
  for (let asked = 1; ; asked++) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (!afterRunning) return undefined;
      // A run may take two hours: asking less and less often keeps this history short.
      await sleep(Math.min(asked, 30) * 1_000, {
        summary: 'then asked again whether the earlier run is over',
      });
    }
  }
}

/** How each stands that a run has looked after, by name. */
interface Outcome {
  readonly status: string;
  readonly error?: string;
}

/** What became of one, with `running` standing for all that is not known of it: its own result, or why it has none. */
export function outcomeOf<T extends Outcome>(
  kind: 'source' | 'place',
  name: string,
  settled: Settled<T>,
  running: T,
): T {
  if (settled.status === 'completed') return settled.result;
  if (settled.status === 'running') return running;
  return { ...running, status: 'failed', error: named(kind, name, settled.error) };
}

/** Throws the failure `type` when any has failed: it names each, and carries `detail`, what became of all. */
export function failNaming(
  kind: 'source' | 'place',
  type: string,
  results: Readonly<Record<string, Outcome>>,
  detail: object,
): void {
  const all = Object.values(results);
  const failed = all.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return;
  throw ApplicationFailure.create({
    type,
    message: `${failed.length} of ${all.length} ${kind}s failed: ${failed.map(({ error }) => error).join(' | ')}`,
    nonRetryable: true,
    details: [detail],
  });
}
