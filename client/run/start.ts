import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { summaryOf } from '../../model/summary.ts';
import { taskQueue, workflowTypes } from '../../model/names.ts';
import type { HourRange } from '../../model/runs.ts';
import type { sync, weather } from '../../workflows/index.ts';

/** As long as a child may take: it is given up by then. */
const untilGivenUpMinutes = 120;

/** A run that a person started. */
export interface Run<T> {
  readonly workflowId: string;
  readonly runId: string;
  result(): Promise<T>;
}

type Result<W extends (input: never) => Promise<unknown>> = Awaited<ReturnType<W>>;

/**
 * Starts a run under an id of its own, so that it neither replaces nor waits for the schedule's. It waits for each
 * source's run that is already going, and then runs once more: what has been committed by now lands with it.
 */
export async function startSync(
  client: Client,
  sources: readonly string[] | undefined,
): Promise<Run<Result<typeof sync>>> {
  const handle = await client.workflow.start<typeof sync>(workflowTypes.sync, {
    ...byHand('sync', sources?.join(', ') ?? 'all sources'),
    args: [{ ...(sources ? { sources } : {}), waitMinutes: untilGivenUpMinutes, afterRunning: true }],
  });
  return runOf(handle);
}

/** Starts an observation of the places, or with `hours` a filling of what those lack; as `startSync` does. */
export async function startWeather(
  client: Client,
  {
    places,
    hours,
    waitMinutes = untilGivenUpMinutes,
  }: {
    readonly places?: readonly string[] | undefined;
    readonly hours?: HourRange | undefined;
    readonly waitMinutes?: number;
  },
): Promise<Run<Result<typeof weather>>> {
  const handle = await client.workflow.start<typeof weather>(workflowTypes.weather, {
    ...byHand('weather', places?.join(', ') ?? 'all places'),
    args: [{ ...(places ? { places } : {}), ...(hours ? { hours } : {}), waitMinutes, afterRunning: true }],
  });
  return runOf(handle);
}

function byHand(type: string, what: string) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return {
    taskQueue,
    workflowId: `${type}/by-hand/${time}-${randomBytes(3).toString('hex')}`,
    staticSummary: summaryOf(`by hand: ${what}`),
  };
}

function runOf<T>(handle: {
  readonly workflowId: string;
  readonly firstExecutionRunId: string;
  result(): Promise<T>;
}): Run<T> {
  return {
    workflowId: handle.workflowId,
    runId: handle.firstExecutionRunId,
    result: () => handle.result(),
  };
}
