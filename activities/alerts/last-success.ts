import type { Client } from '@temporalio/client';
import { partsOf } from '../../model/incident.ts';
import type { RunReference } from '../../model/incident.ts';
import { syncSourceId, weatherPlaceId } from '../../model/names.ts';
import { quoted } from './checks/runs.ts';

/** The last run of a subject that succeeded: of its source, its place or its schedule. Undefined for any other subject. */
export async function lastSuccess(client: Client, subject: string): Promise<RunReference | undefined> {
  const which = runsOf(subject);
  if (which === undefined) return undefined;
  const query = `${which} AND ExecutionStatus = 'Completed'`;
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: 1 }))
    return { workflowId, runId };
  return undefined;
}

/** The query for the runs of a subject. */
function runsOf(subject: string): string | undefined {
  const { type, name } = partsOf(subject);
  if (type === 'schedule') return `TemporalScheduledById = ${quoted(name)}`;
  if (type === 'place') return `WorkflowId = ${quoted(weatherPlaceId(name))}`;
  const ofSource = ['source', 'table', 'row-count', 'clock', 'audit', 'long-transaction'].includes(type);
  // The name of a source has no slash: `table/project_a/orders`.
  return ofSource ? `WorkflowId = ${quoted(syncSourceId(name.replace(/\/.*/, '')))}` : undefined;
}
