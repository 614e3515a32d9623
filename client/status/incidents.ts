import type { Client } from '@temporalio/client';
import type { IncidentMemo } from '../../model/incident.ts';
import { thingOf } from '../../model/incident.ts';
import { workflowTypes } from '../../model/run.ts';

export interface OpenIncident {
  /** What is wrong: `source/project_b`. */
  readonly id: string;
  /** ISO 8601. */
  readonly since: string;
  readonly what: string;
  /** When its first message was delivered; null until then. */
  readonly toldAt: string | null;
  /** Until when nothing is said of it: it was told of a moment ago, or somebody has muted it. */
  readonly quietUntil: string | null;
}

/** The incidents that are open, the oldest first, as Temporal lists them: no worker is needed to see them. */
export async function readIncidents(client: Client): Promise<OpenIncident[]> {
  const query = `WorkflowType = '${workflowTypes.incident}' AND ExecutionStatus = 'Running'`;
  const open: OpenIncident[] = [];
  for await (const { workflowId, startTime, memo } of client.workflow.list({ query })) {
    const { what, since, toldAt, mutedUntil, heldUntil } = (memo ?? {}) as Partial<IncidentMemo>;
    open.push({
      id: thingOf(workflowId),
      since: since ?? startTime.toISOString(),
      what: what ?? '',
      toldAt: toldAt ?? null,
      quietUntil: mutedUntil ?? heldUntil ?? null,
    });
  }
  return open.sort((a, b) => a.since.localeCompare(b.since));
}
