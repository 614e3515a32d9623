import type { Client } from '@temporalio/client';

/** One step of a source's run, by Temporal's clock. */
export interface Step {
  readonly name: string;
  /** From when it was asked for to when a worker took it up. */
  readonly queuedMs: number;
  readonly ms: number;
  /** When it ended, after `since`. */
  readonly endedMs: number;
}

/** What the latest run of a workflow did, step by step, from its history; `since` is in milliseconds of the clock. */
export async function readSteps(client: Client, workflowId: string, since: number): Promise<Step[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const asked = new Map<string, { name: string; at: number }>();
  const begun = new Map<string, number>();
  const steps: Step[] = [];
  for (const event of events ?? []) {
    const at = toMs(event.eventTime);
    const { activityTaskScheduledEventAttributes: scheduled } = event;
    const started = event.activityTaskStartedEventAttributes?.scheduledEventId;
    const completed = event.activityTaskCompletedEventAttributes?.scheduledEventId;
    if (scheduled) asked.set(String(event.eventId), { name: scheduled.activityType?.name ?? '', at });
    if (started) begun.set(String(started), at);
    const ask = completed && asked.get(String(completed));
    if (!ask) continue;
    const begin = begun.get(String(completed)) ?? ask.at;
    steps.push({ name: ask.name, queuedMs: begin - ask.at, ms: at - begin, endedMs: at - since });
  }
  return steps;
}

interface Timestamp {
  readonly seconds?: { toString(): string } | null;
  readonly nanos?: number | null;
}

function toMs(time: Timestamp | null | undefined): number {
  return Number(String(time?.seconds ?? 0)) * 1000 + (time?.nanos ?? 0) / 1e6;
}
