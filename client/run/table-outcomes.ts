import type { Client } from '@temporalio/client';
import type { TableOutcome } from '../../model/batch.ts';
import { concurrently } from '../../model/concurrently.ts';
import { syncSourceId } from '../../model/names.ts';
import type { SourceResult, SourceTotals } from '../../model/runs.ts';
import type { syncSource } from '../../workflows/index.ts';
import { waitFor } from './wait.ts';

/** The outcome of each table of one source, by name. */
export type TableOutcomes = Readonly<Record<string, TableOutcome>>;

const maxRequests = 20;

/** The outcomes of the tables of each source that landed. Waits through outages of Temporal as `waitFor` does. */
export async function readTableOutcomes(
  client: Client,
  totals: Readonly<Record<string, SourceTotals>>,
  log: (line: string) => void,
): Promise<Record<string, TableOutcomes>> {
  const results = Object.entries(await readSourceResults(client, totals, log));
  return Object.fromEntries(results.map(([source, result]) => [source, result?.tables ?? {}]));
}

/** The result of each source that landed, from its own run: the result of the whole run has totals only. */
export async function readSourceResults(
  client: Client,
  totals: Readonly<Record<string, SourceTotals>>,
  log: (line: string) => void,
): Promise<Record<string, SourceResult | undefined>> {
  const landed = Object.entries(totals).flatMap(([source, { runId }]) =>
    runId === undefined ? [] : [{ source, runId }],
  );
  const results = await concurrently(landed, maxRequests, async ({ source, runId }) => {
    const workflowId = syncSourceId(source);
    const handle = client.workflow.getHandle<typeof syncSource>(workflowId, runId);
    const ending = await waitFor(client, { workflowId, runId, result: () => handle.result() }, log);
    return [source, ending.result] as const;
  });
  return Object.fromEntries(results);
}
