import { defineQuery, setHandler, startChild } from '@temporalio/workflow';
import { failureTypes } from '../model/failure.ts';
import { progressQuery, syncSourceId } from '../model/names.ts';
import { formatCount, formatNumber } from '../model/number.ts';
import type { SourceResult, SourceTotals, SyncInput, SyncProgress, SyncResult } from '../model/runs.ts';
import { formatTime } from '../model/time.ts';
import type { Settled } from './children.ts';
import { awaitChildren, detachedChild } from './children.ts';
import {
  boundedOutcomes,
  countsOf,
  incompleteOutcome,
  outcomeTable,
  shownOutcomes,
  throwIfAnyFailed,
} from './outcomes.ts';
import { listSources } from './proxies.ts';
import { label, labelled, listedBy } from './labels.ts';
import { showDetails } from './show-details.ts';
import { syncSource } from './sync-source.ts';

/**
 * All sources at once, each in its own child, which goes on by itself whatever happens to this run. Waits for them as
 * long as the input says; a child that is not done by then is `running`, and so is one that an earlier run started.
 * Fails at its end, naming the failed sources, so that no source stops or delays another. What it says is bounded however
 * many sources there are; the outcome of each table is the result of its child.
 */
export async function sync(input: SyncInput): Promise<SyncResult> {
  const totals: Record<string, SourceTotals> = {};
  setHandler(defineQuery<SyncProgress>(progressQuery), () => ({
    counts: countsOf(totals),
    sources: shownOutcomes(totals),
  }));

  const { names: sources, searchAttributes } = listedBy(await listSources(input.sources));
  for (const source of sources) totals[source] = running;
  await showDetails(
    () => details(totals),
    (changed) =>
      awaitChildren(
        sources,
        input,
        (source) =>
          startChild(syncSource, {
            ...detachedChild(syncSourceId(source), source),
            ...labelled(searchAttributes, { source }),
            args: [
              {
                source,
                ...(input.audit && { audit: input.audit }),
                ...(searchAttributes.length > 0 && { searchAttributes }),
              },
            ],
          }),
        (source, settled) => {
          totals[source] = totalsOf(source, settled);
          changed();
        },
      ),
  );

  label(searchAttributes, { landedRows: changedRows(totals) });
  const result = { landed: landedSentence(totals), sources: boundedOutcomes(totals) };
  throwIfAnyFailed('source', failureTypes.sourcesFailed, totals, result);
  return result;
}

function changedRows(totals: Readonly<Record<string, SourceTotals>>): number {
  return Object.values(totals).reduce((sum, { changed }) => sum + changed, 0);
}

function landedSentence(totals: Readonly<Record<string, SourceTotals>>): string {
  const all = Object.values(totals);
  const landed = all.filter(({ status }) => status === 'landed').length;
  return `${formatNumber(landed)} of ${formatCount(all.length, 'source')}; ${formatCount(changedRows(totals), 'row')} changed`;
}

const running: SourceTotals = { status: 'running', extracted: 0, changed: 0, sessions: 0 };

function totalsOf(source: string, settled: Settled<SourceResult>): SourceTotals {
  if (settled.status !== 'completed') return incompleteOutcome('source', source, settled, running);
  const { runId, result } = settled;
  let [extracted, changed] = [0, 0];
  for (const table of Object.values(result.tables)) {
    extracted += table.extracted;
    changed += table.inserted + table.updated + table.deleted;
  }
  const { completeThrough, sessions, heldBack } = result;
  const totals = { runId, completeThrough, extracted, changed, sessions };
  return { status: 'landed', ...totals, ...(heldBack && { heldBack: heldBack.length }) };
}

function details(totals: Readonly<Record<string, SourceTotals>>): string {
  return outcomeTable(
    'source',
    ['rows changed', 'complete through'],
    totals,
    ({ status, changed, completeThrough }) => [
      status === 'landed' ? changed : undefined,
      completeThrough && formatTime(completeThrough),
    ],
  );
}
