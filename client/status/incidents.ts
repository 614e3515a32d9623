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
  /** The end of its quiet time: its subject has had a message recently, or is muted. */
  readonly quietUntil: string | null;
  /** Until when somebody has muted it. */
  readonly mutedUntil: string | null;
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
      quietUntil: ahead(quietUntil),
      mutedUntil: ahead(mutedUntil),
    });
  }
  return open.sort((a, b) => a.since.localeCompare(b.since));
}

/** The instant, or null when it is over. */
function ahead(instant: string | null | undefined): string | null {
  return instant != null && Date.parse(instant) > Date.now() ? instant : null;
}
