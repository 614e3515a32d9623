import {
  defineQuery,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Landed } from '../model/batch.ts';
import { boundedDetails, createFailure, failureMessage } from '../model/failure.ts';
import { progressQuery } from '../model/names.ts';
import { formatCount } from '../model/number.ts';
import type { SourceProgress, SourceResult, SyncSourceInput } from '../model/runs.ts';
import { phaseText } from '../model/runs.ts';
import { formatTime } from '../model/time.ts';
import { failureAbout, unwrapFailure } from '../model/unwrap-failure.ts';
import { landChanges } from './land-changes.ts';
import { label } from './labels.ts';
import { codeBlock, markdownTable } from './markdown-table.ts';
import { auditSource, extract, firstLoad, loadRaw, recordFailure, refreshViews, upsert } from './proxies.ts';

/**
 * Syncs one source: extract, load raw, upsert; once more with keys when row counts do not reconcile; then the analytics. An
 * audit comes first where it is requested, so that the same run mends what it finds. The workflow id is the mutex for
 * everything written for the source.
 */
export async function syncSource({
  source,
  audit,
  searchAttributes,
}: SyncSourceInput): Promise<SourceResult> {
  let progress: SourceProgress = { phase: 'starting', rows: 0 };
  setHandler(defineQuery<SourceProgress>(progressQuery), () => progress);
  const report = (now: SourceProgress, more?: string) => {
    progress = now;
    setCurrentDetails(details(source, progress, more));
  };

  try {
    if (audit) report({ phase: 'auditing', rows: 0 });
    const audited = audit && (await auditSource({ source, tables: audit }));
    const landed = await landChanges(source, {
      activities: { extract, firstLoad, loadRaw, upsert },
      batchId,
      report,
      holdsBack: () => patched('hold back tables'),
    });
    report({ ...progress, phase: 'refreshing views' }, outcomeTable(landed));
    const { sessions } = landed.analyticsCurrent ? { sessions: 0 } : await refreshViews({ source });
    report({ ...progress, phase: 'landed' }, outcomeTable(landed));
    const { completeThrough, lagSeconds, tables, heldBack } = landed;
    label(searchAttributes, {
      landedRows: changedRows(landed),
      ...(lagSeconds !== undefined && { lagSeconds }),
    });
    return {
      landed: landedSentence(landed),
      ...{ status: 'landed', completeThrough, tables, sessions },
      ...(heldBack && { heldBack }),
      ...(audited && { audited }),
    };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = failureAbout({ source }, unwrapFailure(error));
    report({ ...progress, phase: 'failed' }, codeBlock(failure.message));
    await recordFailure({ source, error: failure.message }).catch(() =>
      log.warn('the failure could not be recorded in ops', { source }),
    );
    throw createFailure(failure.type, boundedDetails(failure.details!), { final: true });
  }
}

const batchId = (n: number) => `${workflowInfo().runId}-${n}`;

function changedRows({ tables }: Landed): number {
  return Object.values(tables).reduce(
    (sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted,
    0,
  );
}

function landedSentence(landed: Landed): string {
  const changed = changedRows(landed);
  const rows = changed === 0 ? 'nothing had changed' : `${formatCount(changed, 'row')} changed`;
  const held = landed.heldBack?.length ?? 0;
  return `${rows}; complete through ${formatTime(landed.completeThrough)}${held > 0 ? `; ${formatCount(held, 'table')} held back` : ''}`;
}

function details(source: string, { phase, pass, rows }: SourceProgress, more = ''): string {
  return `**${source}**: ${phaseText(phase, pass)}${rows > 0 ? `, ${formatCount(rows, 'row')}` : ''}\n\n${more}`.trimEnd();
}

function outcomeTable({ completeThrough, tables, heldBack = [] }: Landed): string {
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
  const held = heldBack.map((cause) => `\n\nHeld back:\n${codeBlock(failureMessage({ causes: [cause] }))}`);
  return `Complete through ${formatTime(completeThrough)}.\n\n${table}${held.join('')}`;
}
