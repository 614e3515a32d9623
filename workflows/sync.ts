import { defineQuery, setCurrentDetails, setHandler, startChild } from '@temporalio/workflow';
import { failures } from '../model/failure-types.ts';
import { sayTime } from '../model/time.ts';
import { progressQuery, syncSourceId } from '../model/run.ts';
import type { SourceResult, SyncInput, SyncResult } from '../model/run.ts';
import { childApart, failNaming, outcomeOf, settleChildren } from './children.ts';
import { markdownTable } from './markdown-table.ts';
import { listSources } from './proxies.ts';
import { syncSource } from './sync-source.ts';

/**
 * All sources at once, each in its own child, which goes on by itself whatever happens to this run. Waits for them as
 * long as the input says; a child that is not done by then is `running`, and so is one that an earlier run started.
 * Fails at its end, naming each failed source, so that no source stops or delays another.
 */
export async function sync(input: SyncInput): Promise<SyncResult> {
  const results: Record<string, SourceResult> = {};
  setHandler(defineQuery<SyncResult>(progressQuery), () => ({ sources: results }));

  const sources = await listSources(input.sources);
  for (const source of sources) results[source] = running;
  const tellDetails = () => setCurrentDetails(details(results));
  tellDetails();

  await settleChildren(
    sources,
    input,
    (source) => startChild(syncSource, { ...childApart(syncSourceId(source), source), args: [{ source }] }),
    (source, settled) => {
      results[source] = outcomeOf('source', source, settled, running);
      tellDetails();
    },
  );

  const result = { sources: results };
  failNaming('source', failures.sourcesFailed, results, result);
  return result;
}

const running: SourceResult = { status: 'running', tables: {}, sessions: 0 };

function details(results: Readonly<Record<string, SourceResult>>): string {
  return markdownTable(
    ['source', 'state', 'rows changed', 'complete through', ''],
    Object.entries(results).map(([source, { status, completeThrough, error, tables }]) => [
      source,
      status,
      status === 'landed' ? changedRows(tables) : undefined,
      completeThrough && sayTime(completeThrough),
      error,
    ]),
  );
}

function changedRows(tables: SourceResult['tables']): number {
  return Object.values(tables).reduce(
    (sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted,
    0,
  );
}
