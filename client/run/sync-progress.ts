import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { progressQuery, syncSourceId } from '../../model/names.ts';
import type { SourceProgress, SourceResult, SyncResult } from '../../model/runs.ts';
import { formatNumber } from '../terminal/table.ts';
import type { Run } from './start.ts';

const everyMs = 300;

/** The progress of one source. */
export interface SourceStatus {
  readonly source: string;
  readonly phase: SourceProgress['phase'];
  readonly rows: number;
}

/** Polls the progress of the run's sources and passes it to `draw`, until `signal` aborts. */
export async function followProgress(
  client: Client,
  run: Run<SyncResult>,
  sources: readonly string[],
  draw: (progress: readonly SourceStatus[]) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const progress = await client.withDeadline(Date.now() + 2_000, () => readProgress(client, run, sources));
    if (signal.aborted) return;
    draw(progress);
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function readProgress(
  client: Client,
  { workflowId, runId }: Run<SyncResult>,
  sources: readonly string[],
): Promise<SourceStatus[]> {
  const run = await query<SyncResult>(client, workflowId, runId);
  return Promise.all(
    sources.map(async (source) => {
      const result = run?.sources[source];
      if (result && result.status !== 'running') return { source, ...ended(result, result.status) };
      const progress = await query<SourceProgress>(client, syncSourceId(source));
      return { source, phase: progress?.phase ?? 'starting', rows: progress?.rows ?? 0 };
    }),
  );
}

function ended({ tables }: SourceResult, phase: 'landed' | 'failed') {
  return { phase, rows: Object.values(tables).reduce((sum, { extracted }) => sum + extracted, 0) };
}

/** The progress; `undefined` for a run that is not started or closed, without a worker, or in an outage. For display only. */
async function query<T>(client: Client, workflowId: string, runId?: string): Promise<T | undefined> {
  return client.workflow
    .getHandle(workflowId, runId)
    .query<T>(progressQuery)
    .catch(() => undefined);
}

/** One line per source, aligned. */
export function renderProgress(progress: readonly SourceStatus[]): string[] {
  const widest = Math.max(...progress.map(({ source }) => source.length));
  return progress.map(({ source, phase, rows }) =>
    `${source.padEnd(widest)}  ${phase.padEnd('refreshing views'.length)}  ${rows > 0 ? `${formatNumber(rows)} rows` : ''}`.trimEnd(),
  );
}
