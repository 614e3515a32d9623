import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { progressQuery, syncSourceId } from '../../model/names.ts';
import type { SourceProgress, SourceResult, SyncResult } from '../../model/runs.ts';
import { formatNumber } from '../terminal/table.ts';
import type { Run } from './start.ts';

const everyMs = 300;

/** How one source stands. */
export interface SourceLine {
  readonly source: string;
  readonly phase: SourceProgress['phase'];
  readonly rows: number;
}

/** Asks the run and its sources how far they are, and hands that to `draw`, until `signal` aborts. */
export async function followProgress(
  client: Client,
  run: Run<SyncResult>,
  sources: readonly string[],
  draw: (lines: readonly SourceLine[]) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const lines = await client.withDeadline(Date.now() + 2_000, () => ask(client, run, sources));
    if (signal.aborted) return;
    draw(lines);
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function ask(
  client: Client,
  { workflowId, runId }: Run<SyncResult>,
  sources: readonly string[],
): Promise<SourceLine[]> {
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

/** Nothing when it does not answer: not started, closed already, no worker, or an outage. It is only for show. */
async function query<T>(client: Client, workflowId: string, runId?: string): Promise<T | undefined> {
  return client.workflow
    .getHandle(workflowId, runId)
    .query<T>(progressQuery)
    .catch(() => undefined);
}

/** The lines as text, aligned. */
export function renderProgress(lines: readonly SourceLine[]): string[] {
  const widest = Math.max(...lines.map(({ source }) => source.length));
  return lines.map(({ source, phase, rows }) =>
    `${source.padEnd(widest)}  ${phase.padEnd('refreshing views'.length)}  ${rows > 0 ? `${formatNumber(rows)} rows` : ''}`.trimEnd(),
  );
}
