import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { concurrently } from '../../../model/concurrently.ts';
import type { Failure } from '../../../model/failure.ts';
import { failureTypes } from '../../../model/failure.ts';
import type { Problem } from '../../../model/incident.ts';
import { syncSourceId, weatherPlaceId, workflowTypes } from '../../../model/names.ts';
import { scheduledIntervals } from '../../../model/schedules.ts';
import { unwrapFailure } from '../../../model/unwrap-failure.ts';
import type { CheckContext } from './context.ts';

/** How many requests to Temporal are open at once. */
export const maxRequests = 20;

/**
 * Reports each source, place and schedule whose last run failed, timed out or was terminated. A scheduled run that failed
 * only because its sources or places did is not reported as well.
 */
export async function checkLastRuns({ client, config }: CheckContext): Promise<Problem[]> {
  const sources = Object.keys(config.sources).map((name) => [syncSourceId(name), `source/${name}`] as const);
  const places = (config.weather?.places ?? []).map(
    ({ name }) => [weatherPlaceId(name), `place/${name}`] as const,
  );
  const failed = [
    ...(await failedRuns(client, workflowTypes.syncSource, new Map(sources))),
    ...(await failedRuns(client, workflowTypes.weatherPlace, new Map(places))),
    ...(await failedScheduledRuns({ client, config })),
  ];
  const problems = await concurrently(failed, maxRequests, async ({ subject, run }): Promise<Problem> => {
    const { workflowId, runId, closeTime, startTime } = run;
    const since = (closeTime ?? startTime).toISOString();
    return {
      subject,
      kind: 'failed',
      since,
      failure: await failureOf(client, run),
      run: { workflowId, runId },
    };
  });
  return problems.filter(({ failure }) => !isExplained(failure));
}

function isExplained(failure: Failure | undefined): boolean {
  return failure?.type === failureTypes.sourcesFailed || failure?.type === failureTypes.placesFailed;
}

interface FailedRun {
  readonly subject: string;
  readonly run: WorkflowExecutionInfo;
}

/** A failure that many other ends of runs have followed since is not news. */
const maxEnds = 10;

/**
 * Decides by the ends of runs, newest first, whether the last run failed. A cancelled run says nothing.
 */
function createLastEnd() {
  let ends = 0;
  let failed: WorkflowExecutionInfo | undefined;
  let decided = false;
  return {
    isDecided: () => decided,
    failed: () => failed,
    see(run: WorkflowExecutionInfo) {
      if (decided) return;
      if (hasFailed(run)) failed = run;
      decided = run.status.name === 'COMPLETED' || failed !== undefined || ++ends >= maxEnds;
    },
  };
}

function hasFailed({ status }: WorkflowExecutionInfo): boolean {
  return status.name === 'FAILED' || status.name === 'TIMED_OUT' || status.name === 'TERMINATED';
}

/** A page of visibility has at most this many runs. */
const maxPageSize = 1_000;
const maxPages = 5;
/** How many workflow ids one query names. */
const maxIds = 100;

/**
 * The runs of one workflow type that failed and were the last of their workflow id. `subjects` has the workflow ids. The
 * number of queries grows with the pages that they fill and not with the ids: one lists the ends of all runs of the type,
 * newest first; the ids that it does not come to, because they have ended nothing for long, are asked for by name.
 */
async function failedRuns(
  client: Client,
  type: string,
  subjects: ReadonlyMap<string, string>,
): Promise<FailedRun[]> {
  if (subjects.size === 0) return [];
  const ends = new Map([...subjects.keys()].map((id) => [id, createLastEnd()]));
  const pageSize = Math.min(maxPageSize, 2 * subjects.size + maxEnds);
  const read = async (which: string, ids: readonly string[]) => {
    const undecided = new Set(ids);
    const query = `${which} AND ExecutionStatus != 'Running'`;
    let seen = 0;
    for await (const run of client.workflow.list({ query, pageSize })) {
      const end = ends.get(run.workflowId);
      end?.see(run);
      if (end?.isDecided()) undecided.delete(run.workflowId);
      if (undecided.size === 0 || ++seen >= maxPages * pageSize) break;
    }
    return [...undecided];
  };
  const rest = await read(`WorkflowType = ${quoted(type)}`, [...subjects.keys()]);
  for (let at = 0; at < rest.length; at += maxIds) {
    const ids = rest.slice(at, at + maxIds);
    // It lists again what was seen.
    for (const id of ids) ends.set(id, createLastEnd());
    await read(`WorkflowId IN (${ids.map(quoted).join(', ')})`, ids);
  }
  return [...ends].flatMap(([id, end]) => {
    const run = end.failed();
    return run ? [{ subject: subjects.get(id)!, run }] : [];
  });
}

async function failedScheduledRuns({
  client,
  config,
}: Pick<CheckContext, 'client' | 'config'>): Promise<FailedRun[]> {
  const runs = scheduledIntervals(config).map(async ({ id }): Promise<FailedRun[]> => {
    const query = `TemporalScheduledById = ${quoted(id)} AND ExecutionStatus != 'Running'`;
    const end = createLastEnd();
    for await (const run of client.workflow.list({ query, pageSize: maxEnds })) {
      end.see(run);
      if (end.isDecided()) break;
    }
    const run = end.failed();
    return run ? [{ subject: `schedule/${id}`, run }] : [];
  });
  return (await Promise.all(runs)).flat();
}

async function failureOf(client: Client, { workflowId, runId }: WorkflowExecutionInfo): Promise<Failure> {
  const error = await client.workflow
    .getHandle(workflowId, runId)
    .result()
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  return unwrapFailure(error instanceof WorkflowFailedError ? error.cause : error);
}

/** `text` as a string literal of a visibility query. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
