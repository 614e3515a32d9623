import type { Client } from '@temporalio/client';
import type { TableOutcome } from '../../model/batch.ts';
import { concurrently } from '../../model/concurrently.ts';
import { syncSourceId } from '../../model/names.ts';
import type { SourceTotals } from '../../model/runs.ts';
import type { syncSource } from '../../workflows/index.ts';
import { waitFor } from './wait.ts';

/** The outcome of each table of one source, by name. */
export type TableOutcomes = Readonly<Record<string, TableOutcome>>;

const maxRequests = 20;

/**
 * The outcomes of the tables of each source that landed, from the results of their own runs: the result of the whole run
 * has totals only. Waits through outages of Temporal as `waitFor` does.
 */
export async function readTableOutcomes(
  client: Client,
  totals: Readonly<Record<string, SourceTotals>>,
  log: (line: string) => void,
): Promise<Record<string, TableOutcomes>> {
  const landed = Object.entries(totals).flatMap(([source, { runId }]) =>
    runId === undefined ? [] : [{ source, runId }],
  );
  const outcomes = await concurrently(landed, maxRequests, async ({ source, runId }) => {
    const workflowId = syncSourceId(source);
    const handle = client.workflow.getHandle<typeof syncSource>(workflowId, runId);
    const ending = await waitFor(client, { workflowId, runId, result: () => handle.result() }, log);
    return [source, ending.result?.tables ?? {}] as const;
  });
  return Object.fromEntries(outcomes);
}
