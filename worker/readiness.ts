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

/** The part of a worker that is looked at. */
export type Watched = Pick<Worker, 'getStatus'> & {
  readonly options: { readonly taskQueue: string; readonly workflowBundle?: unknown };
};

const answersWithinMs = 2_000;

/** Looks at the workers of this process and at their connection. No workers yet means that they are being started. */
export async function readinessOf(
  workers: readonly Watched[],
  connection: NativeConnection | undefined,
): Promise<Readiness> {
  const conditions = workers.map(conditionOf);
  const problem = conditions.find((condition) => condition.problem !== undefined)?.problem;
  const reason =
    workers.length === 0 || !connection
      ? 'the worker is starting'
      : (problem ?? (await silenceOf(connection)));
  return { ready: reason === undefined, ...(reason === undefined ? {} : { reason }), workers: conditions };
}

function conditionOf(worker: Watched): WorkerCondition {
  const { taskQueue: queue, workflowBundle } = worker.options;
  const { runState, workflowPollerState, activityPollerState } = worker.getStatus();
  const said = { queue, state: runState };
  if (runState !== 'RUNNING')
    return { ...said, problem: `the worker of task queue "${queue}" is ${runState}` };
  // One that has no workflows never polls for them.
  const pollers = {
    ...(workflowBundle !== undefined && { workflow: workflowPollerState }),
    activity: activityPollerState,
  };
  const silent = Object.entries(pollers).find(([, state]) => state !== 'POLLING');
  if (!silent) return said;
  const [kind, state] = silent;
  return { ...said, problem: `the ${kind} poller of task queue "${queue}" is ${state}` };
}

/** Not to be let in, as gRPC says it. */
const refusals = [7, 16];

/** Why Temporal gives no answer. A worker goes on polling without end while its server is gone: only a call tells. */
async function silenceOf(connection: NativeConnection): Promise<string | undefined> {
  try {
    await connection.withDeadline(Date.now() + answersWithinMs, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return undefined;
  } catch (error) {
    return refusals.includes((error as { code?: number }).code ?? 0)
      ? 'Temporal refuses us; see its API key or client certificate'
      : 'Temporal does not answer';
  }
}
