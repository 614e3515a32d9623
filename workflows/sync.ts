import { defineQuery, setCurrentDetails, setHandler, startChild } from '@temporalio/workflow';
import { failureTypes } from '../model/failure.ts';
import { progressQuery, syncSourceId } from '../model/names.ts';
import type { SourceResult, SyncInput, SyncResult } from '../model/runs.ts';
import { formatTime } from '../model/time.ts';
import { awaitChildren, detachedChild, outcomeOf, throwIfAnyFailed } from './children.ts';
import { markdownTable } from './markdown-table.ts';
import { listSources } from './proxies.ts';
import { syncSource } from './sync-source.ts';

/**
 * Syncs all sources at once, each in its own child, which continues whatever happens to this run. Waits for them for at
 * most `waitMinutes`; a child still in progress then is `running`, and so is one that an earlier run started. Fails only
 * at the end, naming each failed source, so no source stops or delays another.
 */
export async function sync(input: SyncInput): Promise<SyncResult> {
  const results: Record<string, SourceResult> = {};
  setHandler(defineQuery<SyncResult>(progressQuery), () => ({ sources: results }));

  const sources = await listSources(input.sources);
  for (const source of sources) results[source] = running;
  const showDetails = () => setCurrentDetails(details(results));
  showDetails();

  await awaitChildren(
    sources,
    input,
    (source) =>
      startChild(syncSource, { ...detachedChild(syncSourceId(source), source), args: [{ source }] }),
    (source, settled) => {
      results[source] = outcomeOf('source', source, settled, running);
      showDetails();
    },
  );

  const result = { sources: results };
  throwIfAnyFailed('source', failureTypes.sourcesFailed, results, result);
  return result;
}

const running: SourceResult = { status: 'running', tables: {}, sessions: 0 };

function details(results: Readonly<Record<string, SourceResult>>): string {
  return markdownTable(
    ['source', 'status', 'rows changed', 'complete through', 'error'],
    Object.entries(results).map(([source, { status, completeThrough, failure, tables }]) => [
      source,
      status,
      status === 'landed' ? changedRows(tables) : undefined,
      completeThrough && formatTime(completeThrough),
      failure && { code: failure.message },
    ]),
  );
}

function changedRows(tables: SourceResult['tables']): number {
  return Object.values(tables).reduce(
    (sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted,
    0,
  );
}
