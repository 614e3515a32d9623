import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { taskQueue, workflowTypes } from '../../model/run.ts';
import type { SyncResult } from '../../model/run.ts';
import type { sync } from '../../workflows/index.ts';

/** As long as a source may take: its child is given up by then. */
const patienceMs = 2 * 3_600_000;

/** A run of `sync` that a person started. */
export interface Run {
  readonly workflowId: string;
  readonly runId: string;
  result(): Promise<SyncResult>;
}

/**
 * Starts a run under an id of its own, so that it neither replaces nor waits for the schedule's. It waits for each
 * source's run that is already going, and then runs once more: what has been committed by now lands with it.
 */
export async function startSync(client: Client, sources: readonly string[] | undefined): Promise<Run> {
  const handle = await client.workflow.start<typeof sync>(workflowTypes.sync, {
    taskQueue,
    workflowId: byHandId(new Date()),
    args: [{ ...(sources ? { sources } : {}), patienceMs, afterRunning: true }],
    staticSummary: `by hand: ${sources ? sources.join(', ') : 'all sources'}`.slice(0, 200),
  });
  return {
    workflowId: handle.workflowId,
    runId: handle.firstExecutionRunId,
    result: () => handle.result(),
  };
}

function byHandId(now: Date): string {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  return `sync/by-hand/${time}-${randomBytes(3).toString('hex')}`;
}
