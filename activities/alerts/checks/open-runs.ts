import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { Problem } from '../../../model/incident.ts';
import { syncSourceId, weatherPlaceId, workflowTypes } from '../../../model/names.ts';
import { quoted } from './runs.ts';

/** A step that goes well after as many attempts as this was no trouble. */
const usualAttempts = 4;
/** A workflow task fails once when its worker dies, and never for another good reason. */
const usualTaskAttempts = 2;
const atMost = 200;

/**
 * What is wrong with runs that are open: a workflow task that fails again and again, a step that is retried beyond the
 * usual, and a run that takes far longer than the earlier ones of its kind and three intervals.
 */
export async function openRunProblems(
  client: Client,
  intervalMs: { readonly sync: number; readonly weather: number },
  ownWorkflowId: string,
  now: number,
): Promise<Problem[]> {
  const types = Object.values(workflowTypes).map(quoted).join(', ');
  const query = `ExecutionStatus = 'Running' AND WorkflowType IN (${types})`;
  const problems: Problem[] = [];
  let seen = 0;
  for await (const run of client.workflow.list({ query, pageSize: atMost })) {
    if (++seen > atMost) break;
    if (run.workflowId === ownWorkflowId) continue;
    const every = run.type === workflowTypes.weatherPlace ? intervalMs.weather : intervalMs.sync;
    const found = (await inside(client, run)) ?? (await overdue(client, run, every, now));
    if (found) problems.push(found);
  }
  return problems;
}

/** What the run is about; that of the alerts' own is their schedule. */
function subjectOfRun({ workflowId, type }: WorkflowExecutionInfo): string {
  const after = (prefix: string) => workflowId.slice(prefix.length);
  if (type === workflowTypes.syncSource) return `source/${after(syncSourceId(''))}`;
  if (type === workflowTypes.weatherPlace) return `place/${after(weatherPlaceId(''))}`;
  return `schedule/${type === workflowTypes.incident ? workflowTypes.alerts : type}`;
}

async function inside(client: Client, run: WorkflowExecutionInfo): Promise<Problem | undefined> {
  const { workflowId, runId, startTime } = run;
  const described = await client.workflow
    .getHandle(workflowId, runId)
    .describe()
    // It has ended in between.
    .catch(() => undefined);
  if (!described) return undefined;
  const about = { subject: subjectOfRun(run), run: { workflowId, runId } };
  const { pendingWorkflowTask: task, pendingActivities } = described.raw;
  if ((task?.attempt ?? 0) > usualTaskAttempts)
    return {
      ...about,
      kind: 'task failing',
      since: isoOf(task?.originalScheduledTime) ?? startTime.toISOString(),
      failure: {
        type: 'TaskFailing',
        message:
          'Its workflow task fails again and again. See the run for the error, and the worker that was deployed last.',
      },
    };
  // That a chat cannot be told is what an incident waits for, and no trouble of its own.
  if (run.type === workflowTypes.incident) return undefined;
  const step = pendingActivities?.find(({ attempt }) => (attempt ?? 0) > usualAttempts);
  if (!step) return undefined;
  return {
    ...about,
    kind: 'retrying',
    activity: step.activityType?.name ?? '',
    attempts: step.attempt ?? 0,
    since: (await firstScheduled(client, run, step.activityId)) ?? startTime.toISOString(),
    ...(step.lastFailure?.message && {
      failure: {
        type: step.lastFailure.applicationFailureInfo?.type ?? '',
        message: step.lastFailure.message,
      },
    }),
  };
}

/** When a step was to run for the first time; what is pending knows of its next attempt only. */
async function firstScheduled(
  client: Client,
  { workflowId, runId }: WorkflowExecutionInfo,
  activityId: string | null | undefined,
): Promise<string | undefined> {
  const { events } = await client.workflow
    .getHandle(workflowId, runId)
    .fetchHistory()
    // It has ended in between.
    .catch(() => ({ events: undefined }));
  const scheduled = events?.find(
    ({ activityTaskScheduledEventAttributes: step }) => step?.activityId === activityId,
  );
  return isoOf(scheduled?.eventTime);
}

/** A first run has none to be compared with, and a first load may take long. */
const firstRunMs = 3_600_000;
const tooManyTimes = 5;

async function overdue(
  client: Client,
  run: WorkflowExecutionInfo,
  everyMs: number,
  now: number,
): Promise<Problem | undefined> {
  const { workflowId, runId, startTime, type } = run;
  const age = now - startTime.getTime();
  const judged: readonly string[] = [workflowTypes.syncSource, workflowTypes.weatherPlace];
  if (!judged.includes(type) || age < 3 * everyMs) return undefined;
  const usual = await usualMs(client, workflowId);
  if (age < (usual === undefined ? firstRunMs : tooManyTimes * usual)) return undefined;
  return {
    subject: subjectOfRun(run),
    kind: 'overdue',
    usualSeconds: Math.round((usual ?? 0) / 1000),
    since: startTime.toISOString(),
    run: { workflowId, runId },
  };
}

/** The median of the last ten that went well. */
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
