import { formatElapsed } from '../../model/duration.ts';
import { formatCount } from '../../model/number.ts';
import type { SourceTotals, SyncResult } from '../../model/runs.ts';
import { formatTime } from '../../model/time.ts';
import type { Cell } from '../terminal/table.ts';
import { renderTable } from '../terminal/table.ts';
import type { Run } from './start.ts';
import type { TableOutcomes } from './table-outcomes.ts';
import type { Ending } from './wait.ts';

export interface SyncReport {
  readonly workflowId: string;
  readonly runId: string;
  /** `completed` when every source has landed with all its tables. */
  readonly status: 'completed' | 'failed';
  readonly seconds: number;
  readonly sources: Readonly<Record<string, SourceReport>>;
  readonly views: { readonly sessions: number };
}

export interface SourceReport {
  readonly status: SourceTotals['status'];
  readonly completeThrough: string | null;
  readonly error?: string;
  /** How many of its tables did not land, if any; `tidehouse status` shows why. */
  readonly heldBack?: number;
  readonly tables: TableOutcomes;
}

/** How a sync ended, as `--json` prints it. `tables` are the outcomes of the sources that landed. */
export function syncReport(
  { workflowId, runId }: Run<SyncResult>,
  ending: Ending<SyncResult>,
  seconds: number,
  tables: Readonly<Record<string, TableOutcomes>>,
): SyncReport {
  const results = Object.entries(ending.result?.sources ?? {});
  const landed =
    ending.status === 'completed' &&
    results.every(([, { status, heldBack }]) => status === 'landed' && !heldBack);
  return {
    workflowId,
    runId,
    status: landed ? 'completed' : 'failed',
    seconds,
    sources: Object.fromEntries(
      results.map(([source, result]) => [source, sourceReport(result, tables[source])]),
    ),
    views: { sessions: results.reduce((sum, [, { sessions }]) => sum + sessions, 0) },
  };
}

function sourceReport(
  { status, completeThrough, error, heldBack }: SourceTotals,
  tables: TableOutcomes = {},
): SourceReport {
  return {
    status,
    completeThrough: completeThrough ?? null,
    ...(error !== undefined && { error }),
    ...(heldBack && { heldBack }),
    tables,
  };
}

/** A table of what landed, by source and table. */
export function renderSync({ sources, views, seconds }: SyncReport): string {
  const counts = ['extracted', 'inserted', 'updated', 'unchanged', 'deleted', 'rows'] as const;
  const rows = Object.entries(sources).flatMap(([source, { status, completeThrough, tables }]) =>
    status === 'landed'
      ? Object.entries(tables).map(([table, outcome]): Cell[] => [
          source,
          table,
          ...counts.map((count) => outcome[count]),
          completeThrough && formatTime(completeThrough),
        ])
      : [],
  );
  const duration = formatElapsed(seconds);
  if (rows.length === 0) return `Nothing landed (${duration}).`;
  const table = renderTable(['source', 'table', ...counts, 'complete through'], rows);
  // A session that two refreshes have recomputed counts twice.
  const recomputed = views.sessions > 0 ? `${formatCount(views.sessions, 'session')} recomputed. ` : '';
  return `${table}\n\n${recomputed}The run took ${duration}.`;
}

/** A sentence for each source that has not landed; otherwise, when the run failed, one for the run. */
export function syncFailures(
  { sources, status, workflowId }: SyncReport,
  ending: Ending<SyncResult>,
): string[] {
  const sentences = Object.entries(sources).flatMap(([source, { status, error, heldBack }]) => {
    if (status === 'failed') return [error ?? `source "${source}": failed. See its run in the Web UI.`];
    if (status === 'running')
      return [`source "${source}": still running. To see when it has landed: tidehouse status`];
    if (heldBack)
      return [
        `source "${source}": ${formatCount(heldBack, 'table')} could not land, all others did. To see why: tidehouse status`,
      ];
    return [];
  });
  if (sentences.length > 0 || status === 'completed') return sentences;
  return [
    ending.status === 'failed' ? `${workflowId}: ${ending.message}` : `${workflowId}: no source was synced.`,
  ];
}
