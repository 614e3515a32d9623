import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { progressQuery, syncSourceId } from '../../model/names.ts';
import { formatCount, formatNumber } from '../../model/number.ts';
import type { SourceProgress, SyncProgress } from '../../model/runs.ts';
import { phaseText } from '../../model/runs.ts';
import type { ActivityProgress } from './activity-progress.ts';
import { activityProgress, describeActivity } from './activity-progress.ts';
import type { Run } from './start.ts';

/** How many sources are shown: each that runs is one more query. */
const maxShown = 20;

/** A run that another has started holds the source; `activity` is of that one. */
const waiting = 'after an earlier run';

/** The progress of one source. */
export interface SourceStatus {
  readonly source: string;
  readonly phase: SourceProgress['phase'] | typeof waiting;
  readonly pass?: number;
  readonly rows: number;
  /** What its activity does now. */
  readonly activity?: ActivityProgress | undefined;
}

/** The progress of a run: the sources that matter most, and how many of all have each status. */
export interface RunStatus {
  readonly shown: readonly SourceStatus[];
  readonly counts: SyncProgress['counts'];
}

/** A run that syncs these sources. */
interface FollowedRun {
  readonly run: Pick<Run<unknown>, 'workflowId' | 'runId'>;
  readonly sources: readonly string[];
  readonly everyMs: number;
}

/** Queries the progress of the run's sources every `everyMs` and passes it to `show`, until `signal` aborts. */
export async function followProgress(
  client: Client,
  { run, sources, everyMs }: FollowedRun,
  show: (progress: RunStatus) => void,
  signal: AbortSignal,
): Promise<void> {
  const isOver = () => signal.aborted;
  for (;;) {
    // Not at once: a run in which nothing has changed is over before anybody could read it, and to be asked would slow it.
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
    if (isOver()) return;
    const progress = await client.withDeadline(Date.now() + 2_000, () => readProgress(client, run, sources));
    if (isOver()) return;
    show(progress);
  }
}

async function readProgress(
  client: Client,
  { workflowId, runId }: FollowedRun['run'],
  sources: readonly string[],
): Promise<RunStatus> {
  const run = await query<SyncProgress>(client, workflowId, runId);
  const started = Object.keys(run?.sources ?? {});
  // A run says first what matters most, and few sources keep their places.
  const names = sources.length <= maxShown || started.length === 0 ? sources : started;
  const shown = names.slice(0, maxShown).map(async (source): Promise<SourceStatus> => {
    const totals = run?.sources[source];
    if (totals && totals.status !== 'running')
      return { source, phase: totals.status, rows: totals.extracted };
    const [progress, description] = await Promise.all([
      query<SourceProgress>(client, syncSourceId(source)),
      describe(client, syncSourceId(source)),
    ]);
    const activity = description && activityProgress(description);
    if (description && description.parentExecution?.workflowId !== workflowId)
      return {
        ...{ source, rows: 0, activity },
        phase: description.status.name === 'RUNNING' ? waiting : 'starting',
      };
    return { source, ...{ phase: 'starting', rows: 0 }, ...progress, activity };
  });
  return { shown: await Promise.all(shown), counts: run?.counts ?? { starting: sources.length } };
}

/** The progress; `undefined` for a run that is not started or closed, without a worker, or in an outage. For display only. */
async function query<T>(client: Client, workflowId: string, runId?: string): Promise<T | undefined> {
  return client.workflow
    .getHandle(workflowId, runId)
    .query<T>(progressQuery)
    .catch(() => undefined);
}

async function describe(
  client: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  return client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined);
}

/** One line per source, aligned; where not all are shown, a last line with the number of each status. */
export function renderProgress({ shown, counts }: RunStatus, now = Date.now()): string[] {
  const widest = Math.max(...shown.map(({ source }) => source.length));
  const phases = shown.map(({ phase, pass }) => phaseText(phase, pass));
  const widestPhase = Math.max(...phases.map((phase) => phase.length));
  const lines = shown.map(({ source, rows, activity }, at) => {
    // What the activity says of rows is newer than what the workflow knows.
    const known = rows > 0 && activity?.rows === undefined && formatCount(rows, 'row');
    const done = [known, activity && describeActivity(activity, now)];
    return `${source.padEnd(widest)}  ${phases[at]!.padEnd(widestPhase)}  ${done.filter(Boolean).join('  ')}`.trimEnd();
  });
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (all <= shown.length) return lines;
  const each = Object.entries(counts).map(([status, count]) => `${formatNumber(count)} ${status}`);
  return [...lines, `${formatNumber(all)} sources: ${each.join(', ')}`];
}
