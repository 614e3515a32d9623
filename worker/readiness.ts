import type { NativeConnection, Worker } from '@temporalio/worker';

export interface WorkerCondition {
  readonly queue: string;
  readonly state: string;
  /** What keeps it from taking work; absent when nothing does. */
  readonly problem?: string;
}

/** Whether this process takes work, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  /** One sentence, for people. */
  readonly reason?: string;
  readonly workers: readonly WorkerCondition[];
}

/** The part of a worker from which its condition is read. */
export type ObservedWorker = Pick<Worker, 'getStatus'> & {
  readonly options: { readonly taskQueue: string; readonly workflowBundle?: unknown };
};

const answersWithinMs = 2_000;

/**
 * Whether the workers of this process take work, and their connection to Temporal answers. Without workers they are still
 * being started, or wait for the warehouse, when `warehouseProblem` says why it cannot be asked.
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
  const said = { queue, state: runState };
  if (runState !== 'RUNNING')
    return { ...said, problem: `the worker of task queue "${queue}" is ${runState}` };
  // A worker without workflows never polls for them.
  const pollers = {
    ...(workflowBundle !== undefined && { workflow: workflowPollerState }),
    activity: activityPollerState,
  };
  const silent = Object.entries(pollers).find(([, state]) => state !== 'POLLING');
  if (!silent) return said;
  const [kind, state] = silent;
  return { ...said, problem: `the ${kind} poller of task queue "${queue}" is ${state}` };
}

/** The gRPC status codes PERMISSION_DENIED and UNAUTHENTICATED. */
const refusals = [7, 16];

/** Why Temporal does not answer; undefined when it does. A worker polls on while its server is gone, so only a call shows it. */
async function silenceOf(connection: NativeConnection): Promise<string | undefined> {
  try {
    await connection.withDeadline(Date.now() + answersWithinMs, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return undefined;
  } catch (error) {
    return refusals.includes((error as { code?: number }).code ?? 0)
      ? 'Temporal refuses this worker: check its API key or client certificate'
      : 'Temporal does not answer';
  }
}
