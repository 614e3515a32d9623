import type { NativeConnection, Worker } from '@temporalio/worker';

export interface WorkerCondition {
  readonly queue: string;
  readonly state: string;
  /** Why the worker does not take work; absent when it does. */
  readonly problem?: string;
}

/** Whether this process takes work, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  /** One sentence, for people. */
  readonly reason?: string;
  readonly workers: readonly WorkerCondition[];
}

/** The part of a worker that shows its condition. */
export type ObservedWorker = Pick<Worker, 'getStatus'> & {
  readonly options: { readonly taskQueue: string; readonly workflowBundle?: unknown };
};

const answersWithinMs = 2_000;

/**
 * Whether the workers of this process take work, and Temporal responds on their connection. While `workers` is empty, they
 * are starting, or waiting for the warehouse if `warehouseProblem` is set.
 */
export async function readinessOf(
  workers: readonly ObservedWorker[],
  connection: NativeConnection | undefined,
  warehouseProblem?: string,
): Promise<Readiness> {
  const conditions = workers.map(conditionOf);
  const problem = conditions.find((condition) => condition.problem !== undefined)?.problem;
  const reason =
    workers.length === 0 || !connection
      ? (warehouseProblem ?? 'the worker is starting')
      : (problem ?? (await silenceOf(connection)));
  return { ready: reason === undefined, ...(reason === undefined ? {} : { reason }), workers: conditions };
}

function conditionOf(worker: ObservedWorker): WorkerCondition {
  const { taskQueue: queue, workflowBundle } = worker.options;
  const { runState, workflowPollerState, activityPollerState } = worker.getStatus();
  const condition = { queue, state: runState };
  if (runState !== 'RUNNING')
    return { ...condition, problem: `the worker of task queue "${queue}" is ${runState}` };
  // A worker without workflows never polls for them.
  const pollers = {
    ...(workflowBundle !== undefined && { workflow: workflowPollerState }),
    activity: activityPollerState,
  };
  const silent = Object.entries(pollers).find(([, state]) => state !== 'POLLING');
  if (!silent) return condition;
  const [kind, state] = silent;
  return { ...condition, problem: `the ${kind} poller of task queue "${queue}" is ${state}` };
}

/** The gRPC status codes PERMISSION_DENIED and UNAUTHENTICATED. */
const refusals = [7, 16];

/** Why Temporal does not respond; undefined when it does. A worker keeps polling without a server, so only a call shows it. */
async function silenceOf(connection: NativeConnection): Promise<string | undefined> {
  try {
    await connection.withDeadline(Date.now() + answersWithinMs, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return undefined;
  } catch (error) {
    return refusals.includes((error as { code?: number }).code ?? 0)
      ? 'Temporal denies access to this worker: check its API key or client certificate'
      : 'Temporal does not respond';
  }
}
