import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { describeSchedule } from '../../activities/alerts/checks/schedules.ts';
import { readMutes } from '../../activities/alerts/open-incidents.ts';
import type { IncidentMemo } from '../../model/incident.ts';
import { subjectOf, testPrefix } from '../../model/incident.ts';
import { concurrently } from '../../model/concurrently.ts';
import { alertsScheduleId, syncScheduleId, syncSourceId, workflowTypes } from '../../model/names.ts';
import type { ActivityTimes, Incident, PageData, ScheduleState, SourceRun } from '../page-data.ts';

/** How long the page waits for Temporal. */
const patienceMs = 4_000;
const maxRequests = 10;
const incidentDays = 7;
const maxIncidents = 100;

/** The seconds of runs that have ended, by run id: they never change. */
export type EndedRuns = Map<string, ActivityTimes['seconds']>;

/** The last `count` runs of all sources, newest first. */
export async function readRuns(client: Client, count: number): Promise<SourceRun[]> {
  return within(client, async () => {
    const runs: SourceRun[] = [];
    const query = `WorkflowType = '${workflowTypes.syncSource}'`;
    for await (const run of client.workflow.list({ query, pageSize: Math.min(1_000, count) })) {
      runs.push(sourceRun(run));
      if (runs.length >= count) break;
    }
    return runs;
  });
}

/** The schedules that sync and that watch. */
export async function readSchedules(client: Client): Promise<NonNullable<PageData['schedules']>> {
  const read = async (id: string): Promise<ScheduleState | null> => {
    const found = await describeSchedule(client, id);
    if (!found) return null;
    const { state, info } = found;
    return { createdAt: info.createdAt.getTime(), paused: state.paused ? (state.note ?? '') : null };
  };
  return within(client, async () => {
    const [sync, alerts] = await Promise.all([read(syncScheduleId), read(alertsScheduleId)]);
    return { sync, alerts };
  });
}

const sourcePrefix = syncSourceId('');

function sourceRun({ workflowId, runId, status, startTime, closeTime }: WorkflowExecutionInfo): SourceRun {
  return {
    source: workflowId.slice(sourcePrefix.length),
    workflowId,
    runId,
    state: states[status.name] ?? 'failed',
    startedAt: startTime.getTime(),
    closedAt: closeTime?.getTime() ?? null,
  };
}

const states: Readonly<Record<string, SourceRun['state']>> = {
  RUNNING: 'running',
  COMPLETED: 'landed',
  CANCELLED: 'cancelled',
};

/** The open incidents and those that ended in the last seven days, newest first, without tests of the chats. */
export async function readIncidents(client: Client, now: number): Promise<Incident[]> {
  return within(client, async () => {
    const from = new Date(now - incidentDays * 86_400_000).toISOString();
    const type = `WorkflowType = '${workflowTypes.incident}'`;
    const query = `${type} AND (ExecutionStatus = 'Running' OR CloseTime > '${from}')`;
    const runs: WorkflowExecutionInfo[] = [];
    for await (const run of client.workflow.list({ query, pageSize: maxIncidents })) {
      if (!subjectOf(run.workflowId).startsWith(testPrefix)) runs.push(run);
      if (runs.length >= maxIncidents) break;
    }
    const incidents = runs.map((run): Incident => {
      const {
        problem,
        since,
        notifiedAt,
        chats = [],
        mutedUntil,
        cause,
        next,
        run: problemRun,
      } = (run.memo ?? {}) as Partial<IncidentMemo>;
      return {
        subject: subjectOf(run.workflowId),
        workflowId: run.workflowId,
        runId: run.runId,
        problem: problem ?? '',
        since: since === undefined ? run.startTime.getTime() : Date.parse(since),
        resolvedAt: run.closeTime?.getTime() ?? null,
        notified: notifiedAt === undefined ? null : { chats, at: Date.parse(notifiedAt) },
        mutedUntil: mutedUntil == null ? null : Date.parse(mutedUntil),
        ...(cause !== undefined && { cause }),
        ...(next && { next }),
        ...(problemRun && { run: problemRun }),
      };
    });
    return incidents.sort((a, b) => b.since - a.since);
  });
}

/** The subjects that are muted for a time, and until when. */
export async function readMutedSubjects(client: Client): Promise<NonNullable<PageData['mutes']>> {
  const mutes = await within(client, () => readMutes(client));
  return [...mutes].map(([subject, until]) => ({ subject, until: Date.parse(until) }));
}

/** The seconds of each activity in the slowest of the last runs that landed, one run for each source, slowest first. */
export async function readActivityTimes(
  client: Client,
  runs: readonly SourceRun[],
  count: number,
  ended: EndedRuns,
): Promise<ActivityTimes[]> {
  const last = new Map<string, SourceRun>();
  for (const run of runs)
    if (run.closedAt !== null && run.state !== 'failed' && run.state !== 'cancelled' && !last.has(run.source))
      last.set(run.source, run);
  const slowest = [...last.values()].sort((a, b) => secondsOf(b) - secondsOf(a)).slice(0, count);
  return within(client, () =>
    concurrently(slowest, maxRequests, async (run) => {
      const known = ended.get(run.runId) ?? (await activitySeconds(client, run));
      ended.set(run.runId, known);
      // As many as are shown, and those of some time before.
      if (ended.size > 50 * count) ended.delete(ended.keys().next().value!);
      return { run, seconds: known };
    }),
  );
}

function secondsOf({ startedAt, closedAt }: SourceRun): number {
  return ((closedAt ?? startedAt) - startedAt) / 1_000;
}

/** From scheduled to done, retries and waiting for a worker included. */
async function activitySeconds(client: Client, { workflowId, runId }: SourceRun) {
  const { events = [] } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const scheduled = new Map<string, { name: string; at: number }>();
  const total = new Map<string, number>();
  for (const event of events ?? []) {
    const at = Number(event.eventTime?.seconds ?? 0) + (event.eventTime?.nanos ?? 0) / 1e9;
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (name) scheduled.set(String(event.eventId), { name, at });
    const { scheduledEventId } =
      event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes ?? {};
    const began = scheduled.get(String(scheduledEventId ?? ''));
    if (began) total.set(began.name, (total.get(began.name) ?? 0) + at - began.at);
  }
  return [...total];
}

async function within<T>(client: Client, work: () => Promise<T>): Promise<T> {
  return client.withDeadline(Date.now() + patienceMs, work);
}
