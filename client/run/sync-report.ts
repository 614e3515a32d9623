import type { TableOutcome } from '../../model/batch.ts';
import type { SourceResult, SyncResult } from '../../model/runs.ts';
import { formatTime } from '../../model/time.ts';
import type { Cell } from '../terminal/table.ts';
import { renderTable, formatNumber } from '../terminal/table.ts';
import type { Run } from './start.ts';
import type { Ending } from './wait.ts';

export interface SyncReport {
  readonly workflowId: string;
  readonly runId: string;
  /** `completed` when every source has landed. */
  readonly status: 'completed' | 'failed';
  readonly seconds: number;
  readonly sources: Readonly<Record<string, SourceReport>>;
  readonly views: { readonly sessions: number };
}

export interface SourceReport {
  readonly status: SourceResult['status'];
  readonly completeThrough: string | null;
  readonly error?: string;
  readonly tables: Readonly<Record<string, TableOutcome>>;
}

export function reportOf(
  { workflowId, runId }: Run<SyncResult>,
  ending: Ending<SyncResult>,
  seconds: number,
): SyncReport {
  const results = Object.entries(ending.result?.sources ?? {});
  const landed = ending.status === 'completed' && results.every(([, { status }]) => status === 'landed');
  return {
    workflowId,
    runId,
    status: landed ? 'completed' : 'failed',
    seconds,
    sources: Object.fromEntries(results.map(([source, result]) => [source, sourceReport(result)])),
    views: { sessions: results.reduce((sum, [, { sessions }]) => sum + sessions, 0) },
  };
}

function sourceReport({ status, completeThrough, failure, tables }: SourceResult): SourceReport {
  return {
    status,
    completeThrough: completeThrough ?? null,
    ...(failure && { error: failure.message }),
    tables,
  };
}

/** What landed, table by table. */
export function renderReport({ sources, views, seconds }: SyncReport): string {
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
  const last = `${formatNumber(views.sessions)} sessions computed anew; ${seconds.toFixed(1)} s.`;
  return rows.length > 0
    ? `${renderTable(['source', 'table', ...counts, 'complete through'], rows)}\n\n${last}`
    : `Nothing landed; ${seconds.toFixed(1)} s.`;
}

/** A sentence for each source that has not landed, or the one for the whole run. */
export function failuresOf({ sources, status }: SyncReport, ending: Ending<SyncResult>): string[] {
  const sentences = Object.entries(sources).flatMap(([source, { status: state, error }]) => {
    if (state === 'failed') return [error ?? `source "${source}" failed; see its run in the Web UI.`];
    if (state === 'running')
      return [`source "${source}" is still running; see how far it is with: tidehouse status`];
    return [];
  });
  if (sentences.length > 0 || status === 'completed') return sentences;
  return [ending.status === 'failed' ? `The run failed: ${ending.message}` : 'The run synced no source.'];
}
