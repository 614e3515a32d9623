import type { Client, WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client';
import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import type { ProtoFailure } from '@temporalio/common';
import { concurrently } from '../../../model/concurrently.ts';
import type { Failure } from '../../../model/failure.ts';
import type { Problem, RunReference } from '../../../model/incident.ts';
import { syncSourceId, weatherPlaceId, workflowTypes } from '../../../model/names.ts';
import { unwrapFailure } from '../../../model/unwrap-failure.ts';
import type { CheckContext } from './context.ts';
import { maxRequests, quoted } from './runs.ts';

/** An activity that succeeds within this many attempts is not worth reporting. */
const usualAttempts = 4;
/** A workflow task fails once when its worker dies; no other failure is expected. */
const usualTaskAttempts = 2;
/** How many runs are looked into, each by a request, and for how long. */
const maxRuns = 200;
const maxMs = 20_000;
/** How many are listed. */
const maxListed = 5_000;

export interface OpenRuns {
  readonly problems: readonly Problem[];
  /** The subjects of the runs that were too many to be looked into. */
  readonly unchecked: readonly string[];
}

/**
 * Problems of open runs: a workflow task that fails again and again, an activity that is retried more often than usual,
 * and a run that takes far longer than earlier ones of its kind and than three intervals. `ownWorkflowId` is the run of
 * this health check, which is left out. Incidents come last: there may be as many of them as there are sources.
 */
export async function checkOpenRuns(context: CheckContext, ownWorkflowId: string): Promise<OpenRuns> {
  const runs = await openRuns(context.client, ownWorkflowId);
  const end = performance.now() + maxMs;
  const problems: Problem[] = [];
  const unchecked: string[] = [];
  let seen = 0;
  await concurrently(runs, maxRequests, async (run) => {
    if (++seen > maxRuns || performance.now() > end) {
      if (run.type !== workflowTypes.incident) unchecked.push(about(run).subject);
      return;
    }
    const problem = (await checkPendingTasks(context.client, run)) ?? (await checkDuration(context, run));
    if (problem) problems.push(problem);
  });
  return { problems, unchecked };
}

async function openRuns(client: Client, ownWorkflowId: string): Promise<WorkflowExecutionInfo[]> {
  const types = Object.values(workflowTypes).map(quoted).join(', ');
  const query = `ExecutionStatus = 'Running' AND WorkflowType IN (${types})`;
  const incidents: WorkflowExecutionInfo[] = [];
  const others: WorkflowExecutionInfo[] = [];
  for await (const run of client.workflow.list({ query })) {
    if (run.workflowId !== ownWorkflowId)
      (run.type === workflowTypes.incident ? incidents : others).push(run);
    if (incidents.length + others.length >= maxListed) break;
  }
  return [...others, ...incidents];
}

/**
 * The subject and the reference of a run. The subject of an alerts run, of an incident and of a mute is the schedule
 * `alerts`.
 */
function about({ workflowId, runId, type }: WorkflowExecutionInfo): { subject: string; run: RunReference } {
  const after = (prefix: string) => workflowId.slice(prefix.length);
  const run = { workflowId, runId };
  if (type === workflowTypes.syncSource) return { subject: `source/${after(syncSourceId(''))}`, run };
  if (type === workflowTypes.weatherPlace) return { subject: `place/${after(weatherPlaceId(''))}`, run };
  const ofAlerts = type === workflowTypes.incident || type === workflowTypes.mute;
  return { subject: `schedule/${ofAlerts ? workflowTypes.alerts : type}`, run };
}

async function checkPendingTasks(client: Client, run: WorkflowExecutionInfo): Promise<Problem | undefined> {
  const description = await client.workflow
    .getHandle(run.workflowId, run.runId)
    .describe()
    // The run has ended in the meantime.
    .catch(() => undefined);
  if (!description) return undefined;
  // An incident may keep retrying to notify a chat: that is not a problem of its own.
  const ofActivity = () =>
    run.type === workflowTypes.incident ? undefined : checkActivities(client, run, description);
  return (await checkWorkflowTask(client, run, description)) ?? (await ofActivity());
}

async function checkWorkflowTask(
  client: Client,
  run: WorkflowExecutionInfo,
  { raw: { pendingWorkflowTask: task } }: WorkflowExecutionDescription,
): Promise<Problem | undefined> {
  if (!task || (task.attempt ?? 0) <= usualTaskAttempts) return undefined;
  const since = isoOf(task.originalScheduledTime) ?? run.startTime.toISOString();
  const failed = (await eventsOf(client, run)).findLast(
    ({ workflowTaskFailedEventAttributes: attributes }) => attributes?.failure,
  );
  const failure = failureOf(failed?.workflowTaskFailedEventAttributes?.failure);
  return { ...about(run), kind: 'task failing', since, failure };
}

async function checkActivities(
  client: Client,
  run: WorkflowExecutionInfo,
  { raw: { pendingActivities } }: WorkflowExecutionDescription,
): Promise<Problem | undefined> {
  const pending = pendingActivities?.find(({ attempt }) => (attempt ?? 0) > usualAttempts);
  if (!pending) return undefined;
  // A pending activity has only the time of its next attempt; the history has the time of the first.
  const scheduled = (await eventsOf(client, run)).find(
    ({ activityTaskScheduledEventAttributes: attributes }) => attributes?.activityId === pending.activityId,
  );
  return {
    ...about(run),
    kind: 'retrying',
    activity: pending.activityType?.name ?? '',
    attempts: pending.attempt ?? 0,
    since: isoOf(scheduled?.eventTime) ?? run.startTime.toISOString(),
    failure: failureOf(pending.lastFailure),
  };
}

async function eventsOf(client: Client, { workflowId, runId }: WorkflowExecutionInfo) {
  const history = await client.workflow
    .getHandle(workflowId, runId)
    .fetchHistory()
    // The run has ended in the meantime.
    .catch(() => undefined);
  return history?.events ?? [];
}

function failureOf(failure: ProtoFailure | null | undefined): Failure | undefined {
  return failure
    ? unwrapFailure(defaultFailureConverter.failureToError(failure, defaultPayloadConverter))
    : undefined;
}

/** A first run cannot be compared with earlier ones, and a first load may take long. */
const firstRunMs = 3_600_000;
const tooManyTimes = 5;

async function checkDuration(
  { client, config, now }: CheckContext,
  run: WorkflowExecutionInfo,
): Promise<Problem | undefined> {
  const { workflowId, startTime, type } = run;
  if (type !== workflowTypes.syncSource && type !== workflowTypes.weatherPlace) return undefined;
  const age = now - startTime.getTime();
  const everyMs = config.schedules[type === workflowTypes.weatherPlace ? 'weather' : 'sync'];
  if (age < 3 * everyMs) return undefined;
  const usual = await usualMs(client, workflowId);
  if (age < (usual === undefined ? firstRunMs : tooManyTimes * usual)) return undefined;
  const usualSeconds = Math.round((usual ?? 0) / 1000);
  return { ...about(run), kind: 'overdue', usualSeconds, since: startTime.toISOString() };
}

/** The median duration of the last ten completed runs. */
async function usualMs(client: Client, workflowId: string): Promise<number | undefined> {
  const query = `WorkflowId = ${quoted(workflowId)} AND ExecutionStatus = 'Completed'`;
  const took: number[] = [];
  for await (const { startTime, closeTime } of client.workflow.list({ query, pageSize: 10 })) {
    took.push((closeTime ?? startTime).getTime() - startTime.getTime());
    if (took.length === 10) break;
  }
  return took.sort((a, b) => a - b)[Math.floor(took.length / 2)];
}

interface Timestamp {
  readonly seconds?: unknown;
}

function isoOf(time: Timestamp | null | undefined): string | undefined {
  return time?.seconds == null ? undefined : new Date(Number(time.seconds) * 1000).toISOString();
}
