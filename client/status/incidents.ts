import type { Client } from '@temporalio/client';
import type { IncidentMemo } from '../../model/incident.ts';
import { subjectOf } from '../../model/incident.ts';
import { workflowTypes } from '../../model/names.ts';

export interface OpenIncident {
  /** Its subject: `source/project_b`. */
  readonly id: string;
  /** ISO 8601. */
  readonly since: string;
  readonly problem: string;
  /** When its first message was delivered; null until then. */
  readonly notifiedAt: string | null;
  /** Until when it sends nothing: its subject was notified a moment ago, or somebody has muted it. */
  readonly quietUntil: string | null;
}

/** The incidents that are open, the oldest first, as Temporal lists them: no worker is needed to see them. */
export async function readIncidents(client: Client): Promise<OpenIncident[]> {
  const query = `WorkflowType = '${workflowTypes.incident}' AND ExecutionStatus = 'Running'`;
  const open: OpenIncident[] = [];
  for await (const { workflowId, startTime, memo } of client.workflow.list({ query })) {
    const { problem, since, notifiedAt, mutedUntil, quietUntil } = (memo ?? {}) as Partial<IncidentMemo>;
    open.push({
      id: subjectOf(workflowId),
      since: since ?? startTime.toISOString(),
      problem: problem ?? '',
      notifiedAt: notifiedAt ?? null,
      quietUntil: mutedUntil ?? quietUntil ?? null,
    });
  }
  return open.sort((a, b) => a.since.localeCompare(b.since));
}
