import type { Client } from '@temporalio/client';
import { partsOf } from '../../model/incident.ts';
import type { RunReference } from '../../model/incident.ts';
import { syncSourceId, weatherPlaceId } from '../../model/names.ts';
import { labelsOfSubject } from '../../model/search-attributes.ts';
import { quoted } from './checks/runs.ts';

/**
 * The last run of a subject that has succeeded since `since` (ISO 8601): of its source, its place or its schedule. Undefined
 * when there is none, as for a schedule that has only been resumed, and for any other subject.
 */
export async function lastSuccess(
  client: Client,
  subject: string,
  since: string,
): Promise<RunReference | undefined> {
  const which = runsOf(subject);
  if (which === undefined) return undefined;
  const query = `${which} AND ExecutionStatus = 'Completed' AND CloseTime > ${quoted(since)}`;
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: 1 }))
    return { workflowId, runId };
  return undefined;
}

/** The query for the runs of a subject. */
function runsOf(subject: string): string | undefined {
  const { type, name } = partsOf(subject);
  if (type === 'schedule') return `TemporalScheduledById = ${quoted(name)}`;
  // It is somebody's decision that resolves it.
  if (type === 'orphans') return undefined;
  const { source, place } = labelsOfSubject(subject);
  if (place !== undefined) return `WorkflowId = ${quoted(weatherPlaceId(place))}`;
  return source === undefined ? undefined : `WorkflowId = ${quoted(syncSourceId(source))}`;
}
