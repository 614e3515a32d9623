import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { renderTable } from '../client/terminal/table.ts';
import { taskQueue, workflowTypes } from '../model/names.ts';
import type { sync } from '../workflows/index.ts';
import { bundlePath } from '../worker/bundle-path.ts';
import type { Fate } from './idle-activities.ts';
import { idleActivities } from './idle-activities.ts';
import { withIdleWorker } from './idle-worker.ts';

const [sourceCount = 1_000, tableCount = 20] = process.argv.slice(2).map(Number);

/** What a run of many sources costs Temporal and its workers, apart from any data. */
interface Cost {
  readonly seconds: number;
  readonly resultBytes: number;
  readonly events: number;
  readonly replaySeconds: number;
}

async function main(): Promise<void> {
  let fate: Fate = 'lands';
  await withIdleWorker(
    idleActivities(sourceCount, tableCount, () => fate),
    async (client) => {
      const landing = await measure(client, 'landing');
      fate = 'fails';
      const failing = await measure(client, 'failing');
      const rows = Object.entries({ 'all sources land': landing, 'all sources fail': failing }).map(
        ([title, cost]) => [
          title,
          cost.seconds.toFixed(1),
          cost.resultBytes,
          cost.events,
          cost.replaySeconds.toFixed(2),
        ],
      );
      const headings = [
        `${sourceCount} × ${tableCount}`,
        'seconds',
        'bytes of the result',
        'events',
        'seconds of a replay',
      ];
      process.stdout.write(
        `${renderTable(headings, rows)}\n${JSON.stringify({ sourceCount, tableCount, landing, failing })}\n`,
      );
    },
  );
}

async function measure(client: Client, name: string): Promise<Cost> {
  const start = performance.now();
  const handle = await client.workflow.start<typeof sync>(workflowTypes.sync, {
    taskQueue,
    workflowId: `sync/${name}`,
    args: [{ waitMinutes: 30 }],
  });
  const result = await resultOf(handle);
  const seconds = secondsSince(start);
  const history = await handle.fetchHistory();
  const replayStart = performance.now();
  await Worker.runReplayHistory({ workflowBundle: { codePath: bundlePath } }, history, handle.workflowId);
  return {
    seconds,
    resultBytes: Buffer.byteLength(JSON.stringify(result)),
    events: history.events?.length ?? 0,
    replaySeconds: secondsSince(replayStart),
  };
}

/** The result of the run, or the details of its failure. */
async function resultOf(handle: WorkflowHandle<typeof sync>): Promise<unknown> {
  try {
    return await handle.result();
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure)
      return [error.cause.message, error.cause.details];
    throw error;
  }
}

function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1_000;
}

void main();
