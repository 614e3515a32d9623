import type { Client } from '@temporalio/client';
import type { IncidentMemo } from '../../model/incident.ts';
import { subjectOf } from '../../model/incident.ts';
import { workflowTypes } from '../../model/names.ts';

export interface OpenIncident {
  /** The subject: `source/project_b`. */
  readonly id: string;
  /** ISO 8601. */
  readonly since: string;
  readonly problem: string;
  /** When the first message was delivered; null until then. */
  readonly notifiedAt: string | null;
  /** The end of its quiet time: its subject has had a message recently, or it is muted. */
  readonly quietUntil: string | null;
}

/** The open incidents, oldest first. They are listed by Temporal itself, so no worker is needed. */
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
