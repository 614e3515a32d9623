import {
  ApplicationFailure,
  defineQuery,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Batch, Landed } from '../model/batch.ts';
import { failures } from '../model/failure-types.ts';
import { progressQuery } from '../model/run.ts';
import type { SourceProgress, SourceResult, SyncSourceInput } from '../model/run.ts';
import { sayTime } from '../model/time.ts';
import { reasonOf } from './reason.ts';
import { markdownTable } from './markdown-table.ts';
import { extract, loadRaw, recordFailure, refreshViews, upsert } from './proxies.ts';

/** How often one run may extract: the first time, once more with keys, and for what a crash took in between. */
const extractsAtMost = 4;

/**
 * One source: extract, load raw, upsert; once more with keys when the books do not balance; then the analytics.
 * Its workflow id is the mutex for everything that is written for the source.
 */
export async function syncSource({ source }: SyncSourceInput): Promise<SourceResult> {
  let progress: SourceProgress = { step: 'starting', rows: 0 };
  setHandler(defineQuery<SourceProgress>(progressQuery), () => progress);
  const tell = (step: SourceProgress['step'], rows: number, more?: string) => {
    progress = { step, rows };
    setCurrentDetails(details(source, progress, more));
  };

  try {
    const landed = await landOneBatch(source, tell);
    tell('refreshing', progress.rows, tableOf(landed));
    const { sessions } = await refreshViews({ source });
    tell('landed', progress.rows, tableOf(landed));
    return { status: 'landed', completeThrough: landed.completeThrough, tables: landed.tables, sessions };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { type, message } = reasonOf(error);
    tell('failed', progress.rows, `> ${message.split('\n')[0]}`);
    await recordFailure({ source, error: message }).catch(() =>
      log.warn('the failure could not be noted in ops', { source }),
    );
    throw ApplicationFailure.create({ type, message, nonRetryable: true, cause: error as Error });
  }
}

/** Lands what changed at `source`, beginning again from its position for as long as that can help. */
async function landOneBatch(
  source: string,
  tell: (step: SourceProgress['step'], rows: number) => void,
): Promise<Landed> {
  let keysOf: readonly string[] = [];
  for (let n = 1; ; n++) {
    try {
      tell('extracting', 0);
      const batch = await extract({ source, batch: `${workflowInfo().runId}-${n}`, keysOf });
      const landed = await land(batch, tell);
      if (landed.status === 'landed') return landed;
      keysOf = [...new Set([...keysOf, ...landed.tables])];
    } catch (error) {
      if (n === extractsAtMost || !startsAgain(error)) throw error;
    }
    if (n === extractsAtMost)
      throw ApplicationFailure.nonRetryable(
        `source "${source}": the books of ${keysOf.join(', ')} did not balance.`,
      );
  }
}

async function land(batch: Batch, tell: (step: SourceProgress['step'], rows: number) => void) {
  if (!batch.idle) {
    tell('loading', batch.rows);
    await loadRaw(batch);
  }
  tell('landing', batch.rows);
  return upsert(batch);
}

function details(source: string, { step, rows }: SourceProgress, more = ''): string {
  return `**${source}**: ${step}${rows > 0 ? `, ${rows.toLocaleString('en-US')} rows` : ''}\n\n${more}`.trimEnd();
}

function tableOf({ completeThrough, tables }: Landed): string {
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
  return `Complete through ${sayTime(completeThrough)}.\n\n${table}`;
}

/** What another extract cures: staged files or raw rows that are gone, and a position that moved. */
function startsAgain(error: unknown): boolean {
  const { type } = reasonOf(error);
  return type === failures.stagedFileMissing || type === failures.positionMoved;
}
