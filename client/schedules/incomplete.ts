import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { workflowTypes } from '../../model/names.ts';
import { formatCount } from '../../model/number.ts';
import type { SyncResult, WeatherResult } from '../../model/runs.ts';

/** What a run has not done although Temporal calls it completed; the command that starts one fails because of it. */
export interface Incomplete {
  /** How many tables could not land; absent when all did. */
  readonly heldBack?: number;
  /** How many sources or places were still running when it no longer waited for them; absent when none were. */
  readonly stillRunning?: number;
}

/** What a completed run has not done. It is in the result, which no list of runs has: this costs a request. */
export async function readIncomplete(
  client: Client,
  { type, status, workflowId, runId }: Omit<WorkflowExecutionInfo, 'raw'>,
): Promise<Incomplete> {
  const isOfParts = type === workflowTypes.sync || type === workflowTypes.weather;
  if (!isOfParts || status.name !== 'COMPLETED') return {};
  try {
    return incompleteIn((await client.workflow.getHandle(workflowId, runId).result()) as AnyResult);
  } catch (error) {
    // The run was removed after the namespace's retention period.
    if (error instanceof WorkflowNotFoundError) return {};
    throw error;
  }
}

type AnyResult = Partial<SyncResult & WeatherResult>;

function incompleteIn({ sources = {}, places = {} }: AnyResult): Incomplete {
  const heldBack = Object.values(sources).reduce((sum, each) => sum + (each.heldBack ?? 0), 0);
  const all = [...Object.values(sources), ...Object.values(places)];
  const stillRunning = all.filter(({ status }) => status === 'running').length;
  return { ...(heldBack > 0 && { heldBack }), ...(stillRunning > 0 && { stillRunning }) };
}

/** It in words that follow `completed`: `, 1 table held back`; nothing when there is nothing to say. */
export function describeIncomplete({ heldBack, stillRunning }: Incomplete, noun: 'source' | 'place'): string {
  return [
    ...(heldBack === undefined ? [] : [`, ${formatCount(heldBack, 'table')} held back`]),
    ...(stillRunning === undefined
      ? []
      : [`, ${formatCount(stillRunning, noun)} ${stillRunning === 1 ? 'was' : 'were'} still running`]),
  ].join('');
}
