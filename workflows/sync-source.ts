import {
  defineQuery,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Batch, Landed } from '../model/batch.ts';
import { createFailure, failureTypes } from '../model/failure.ts';
import { progressQuery } from '../model/names.ts';
import type { SourceProgress, SourceResult, SyncSourceInput } from '../model/runs.ts';
import { formatTime } from '../model/time.ts';
import { failureAbout, unwrapFailure } from '../model/unwrap-failure.ts';
import { codeBlock, markdownTable } from './markdown-table.ts';
import { extract, loadRaw, recordFailure, refreshViews, upsert } from './proxies.ts';

/** How often one run extracts at most: once, once more with keys, and twice for what a crash took in between. */
const maxExtracts = 4;

/**
 * One source: extract, load raw, upsert; once more with keys when row counts do not reconcile; then the analytics.
 * Its workflow id is the mutex for everything that is written for the source.
 */
export async function syncSource({ source }: SyncSourceInput): Promise<SourceResult> {
  let progress: SourceProgress = { phase: 'starting', rows: 0 };
  setHandler(defineQuery<SourceProgress>(progressQuery), () => progress);
  const report = (phase: SourceProgress['phase'], rows: number, more?: string) => {
    progress = { phase, rows };
    setCurrentDetails(details(source, progress, more));
  };

  try {
    const landed = await landOneBatch(source, report);
    report('refreshing views', progress.rows, outcomeTable(landed));
    const { sessions } = await refreshViews({ source });
    report('landed', progress.rows, outcomeTable(landed));
    return { status: 'landed', completeThrough: landed.completeThrough, tables: landed.tables, sessions };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = failureAbout({ source }, unwrapFailure(error));
    report('failed', progress.rows, codeBlock(failure.message));
    await recordFailure({ source, error: failure.message }).catch(() =>
      log.warn('the failure could not be recorded in ops', { source }),
    );
    throw createFailure(failure.type, failure.details!, { final: true, cause: error as Error });
  }
}

/** Lands what changed at `source`, starting again from its position for as long as that can help. */
async function landOneBatch(
  source: string,
  report: (phase: SourceProgress['phase'], rows: number) => void,
): Promise<Landed> {
  let keysOf: readonly string[] = [];
  for (let n = 1; ; n++) {
    try {
      report('extracting', 0);
      const batch = await extract({ source, batchId: `${workflowInfo().runId}-${n}`, keysOf });
      const landed = await land(batch, report);
      if (landed.status === 'landed') return landed;
      keysOf = [...new Set([...keysOf, ...landed.tables])];
    } catch (error) {
      if (n === maxExtracts || !helpsToExtractAgain(error)) throw error;
    }
    if (n === maxExtracts) throw unreconciled(source, keysOf);
  }
}

async function land(batch: Batch, report: (phase: SourceProgress['phase'], rows: number) => void) {
  if (!batch.idle) {
    report('loading raw', batch.rowCount);
    await loadRaw(batch);
  }
  report('upserting', batch.rowCount);
  return upsert(batch);
}

/** Staged files or raw rows that are gone, and a position that moved, are cured by another extract. */
function helpsToExtractAgain(error: unknown): boolean {
  const { type } = unwrapFailure(error);
  return type === failureTypes.batchLost || type === failureTypes.positionMoved;
}

function unreconciled(source: string, tables: readonly string[]) {
  const problem = `after ${maxExtracts} extracts the row counts of ${tables.join(', ')} still do not reconcile`;
  const advice = 'Nothing was landed; the next run tries again.';
  return createFailure(failureTypes.unreconciled, { source, causes: [{ problem, advice }] }, { final: true });
}

function details(source: string, { phase, rows }: SourceProgress, more = ''): string {
  return `**${source}**: ${phase}${rows > 0 ? `, ${rows.toLocaleString('en-US')} rows` : ''}\n\n${more}`.trimEnd();
}

function outcomeTable({ completeThrough, tables }: Landed): string {
  const table = markdownTable(
    ['table', 'extracted', 'inserted', 'updated', 'deleted', 'rows'],
    Object.entries(tables).map(([name, { extracted, inserted, updated, deleted, rows }]) => [
      name,
      extracted,
      inserted,
      updated,
      deleted,
      rows,
    ]),
  );
  return `Complete through ${formatTime(completeThrough)}.\n\n${table}`;
}
