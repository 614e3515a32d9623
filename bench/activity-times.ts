import type { Client } from '@temporalio/client';

/** The time that one activity of a workflow took, by Temporal's clock. */
export interface ActivityTime {
  readonly name: string;
  /** From scheduling the activity to its start on a worker. */
  readonly queuedMs: number;
  readonly ms: number;
  /** From `since` to the end of the activity. */
  readonly endedMs: number;
}

/** The completed activities of a workflow's latest run, from its history. `since` is in milliseconds since 1970. */
export async function readActivityTimes(
  client: Client,
  workflowId: string,
  since: number,
): Promise<ActivityTime[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const scheduledAt = new Map<string, { name: string; at: number }>();
  const startedAt = new Map<string, number>();
  const times: ActivityTime[] = [];
  for (const event of events ?? []) {
    const at = toMs(event.eventTime);
    const { activityTaskScheduledEventAttributes: scheduled } = event;
    const started = event.activityTaskStartedEventAttributes?.scheduledEventId;
    const completed = event.activityTaskCompletedEventAttributes?.scheduledEventId;
    if (scheduled) scheduledAt.set(String(event.eventId), { name: scheduled.activityType?.name ?? '', at });
    if (started) startedAt.set(String(started), at);
    const activity = completed && scheduledAt.get(String(completed));
    if (!activity) continue;
    const start = startedAt.get(String(completed)) ?? activity.at;
    times.push({
      name: activity.name,
      queuedMs: start - activity.at,
      ms: at - start,
      endedMs: at - since,
    });
  }
  return times;
}

interface Timestamp {
  readonly seconds?: { toString(): string } | null;
  readonly nanos?: number | null;
}

function toMs(time: Timestamp | null | undefined): number {
  return Number(String(time?.seconds ?? 0)) * 1000 + (time?.nanos ?? 0) / 1e6;
}
