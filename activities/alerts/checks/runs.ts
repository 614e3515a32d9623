import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import type { Failure } from '../../../model/failure.ts';
import { failureTypes } from '../../../model/failure.ts';
import type { Problem } from '../../../model/incident.ts';
import { syncSourceId, weatherPlaceId } from '../../../model/names.ts';
import { scheduledIntervals } from '../../../model/schedules.ts';
import { unwrapFailure } from '../../../model/unwrap-failure.ts';
import type { CheckContext } from './context.ts';

/**
 * Reports each source, place and schedule whose last run failed, timed out or was terminated. A scheduled run that failed
 * only because its sources or places did is not reported as well.
 */
export async function checkLastRuns({ client, config }: CheckContext): Promise<Problem[]> {
  const sources = Object.keys(config.sources);
  const places = config.weather?.places ?? [];
  const problems = await Promise.all([
    ...sources.map((name) => lastFailure(client, ofWorkflow(syncSourceId(name)), `source/${name}`)),
    ...scheduledIntervals(config).map(({ id }) => lastFailure(client, ofSchedule(id), `schedule/${id}`)),
    ...places.map(({ name }) => lastFailure(client, ofWorkflow(weatherPlaceId(name)), `place/${name}`)),
  ]);
  return problems.flat().filter(({ failure }) => !isExplained(failure));
}

const ofWorkflow = (id: string) => `WorkflowId = ${quoted(id)}`;
const ofSchedule = (id: string) => `TemporalScheduledById = ${quoted(id)}`;

function isExplained(failure: Failure | undefined): boolean {
  return failure?.type === failureTypes.sourcesFailed || failure?.type === failureTypes.placesFailed;
}

/** A failure is old news once this many runs have closed since. */
const maxRuns = 10;

/** The last failure among the runs that `which` selects, unless a later run completed. Cancelled runs are ignored. */
async function lastFailure(client: Client, which: string, subject: string): Promise<Problem[]> {
  const query = `${which} AND ExecutionStatus != 'Running'`;
  let seen = 0;
  for await (const run of client.workflow.list({ query, pageSize: maxRuns })) {
    if (run.status.name === 'COMPLETED') return [];
    if (hasFailed(run)) return [await failedRun(client, run, subject)];
    if (++seen >= maxRuns) return [];
  }
  return [];
}

function hasFailed({ status }: WorkflowExecutionInfo): boolean {
  return status.name === 'FAILED' || status.name === 'TIMED_OUT' || status.name === 'TERMINATED';
}

async function failedRun(client: Client, run: WorkflowExecutionInfo, subject: string): Promise<Problem> {
  const { workflowId, runId, closeTime, startTime } = run;
  const since = (closeTime ?? startTime).toISOString();
  const failure = await failureOf(client, run);
  return { subject, kind: 'failed', since, failure, run: { workflowId, runId } };
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
