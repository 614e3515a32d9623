import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { summaryOf } from '../../model/summary.ts';
import { taskQueue, workflowTypes } from '../../model/names.ts';
import type { HourRange } from '../../model/runs.ts';
import { childTimeoutMinutes } from '../../model/runs.ts';
import type { sync, weather } from '../../workflows/index.ts';

/** A manually started run. */
export interface Run<T> {
  readonly workflowId: string;
  readonly runId: string;
  result(): Promise<T>;
}

type Result<W extends (input: never) => Promise<unknown>> = Awaited<ReturnType<W>>;

/**
 * Starts a sync of `sources`, or of all, under a separate workflow id, so it neither replaces nor waits for the schedule's
 * run. If a source is being synced already, the run waits for that and then syncs it once more, so everything committed
 * before the call lands. With `audit`, it first compares these tables with clean, or all when empty.
 */
export async function startSync(
  client: Client,
  sources: readonly string[] | undefined,
  audit?: readonly string[],
): Promise<Run<Result<typeof sync>>> {
  const handle = await client.workflow.start<typeof sync>(workflowTypes.sync, {
    ...manualRun(audit ? 'audit' : 'sync', sources?.join(', ') ?? 'all sources'),
    args: [
      {
        ...(sources ? { sources } : {}),
        ...(audit ? { audit } : {}),
        waitMinutes: childTimeoutMinutes,
        afterRunning: true,
      },
    ],
  });
  return runOf(handle);
}

/** Like `startSync`, for an observation of `places`, or of all; with `hours`, instead fills the missing ones of these hours. */
export async function startWeather(
  client: Client,
  {
    places,
    hours,
    waitMinutes = childTimeoutMinutes,
  }: {
    readonly places?: readonly string[] | undefined;
    readonly hours?: HourRange | undefined;
    readonly waitMinutes?: number;
  },
): Promise<Run<Result<typeof weather>>> {
  const handle = await client.workflow.start<typeof weather>(workflowTypes.weather, {
    ...manualRun('weather', places?.join(', ') ?? 'all places'),
    args: [{ ...(places ? { places } : {}), ...(hours ? { hours } : {}), waitMinutes, afterRunning: true }],
  });
  return runOf(handle);
}

function manualRun(type: string, scope: string) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return {
    taskQueue,
    workflowId: `${type}/manual/${time}-${randomBytes(3).toString('hex')}`,
    staticSummary: summaryOf(`manual run: ${scope}`),
  };
}

/** A handle as a run. */
export function runOf<T>(handle: {
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
