import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import type { Failure } from '../../../model/failure.ts';
import { failureTypes } from '../../../model/failure.ts';
import type { Problem } from '../../../model/incident.ts';
import { unwrapFailure } from '../../../model/unwrap-failure.ts';
import type { PlaceResult } from '../../../model/runs.ts';
import { syncSourceId, weatherPlaceId } from '../../../model/names.ts';

/** What the last closed run of something ended with. */
export interface LastRun {
  readonly problem: Problem | undefined;
  /** Its failure's own name, for who can tell whether another problem explains it. */
  readonly failureType?: string | undefined;
  /** The last one that went well. */
  readonly good?: { readonly workflowId: string; readonly runId: string } | undefined;
}

/** How the last run of the source's child went. */
export function lastRunOfSource(client: Client, source: string): Promise<LastRun> {
  return lastRun(client, `WorkflowId = ${quoted(syncSourceId(source))}`, `source/${source}`);
}

/** How the last run of the place's child went. */
export function lastRunOfPlace(client: Client, place: string): Promise<LastRun> {
  return lastRun(client, `WorkflowId = ${quoted(weatherPlaceId(place))}`, `place/${place}`);
}

/**
 * How the last run that the schedule started went. One that fails because its sources or places did is explained by
 * them, and is no problem.
 */
export async function lastRunOfSchedule(client: Client, id: string): Promise<LastRun> {
  const last = await lastRun(client, `TemporalScheduledById = ${quoted(id)}`, `schedule/${id}`);
  const explained = [failureTypes.sourcesFailed, failureTypes.placesFailed].some(
    (type) => type === last.failureType,
  );
  return explained ? { ...last, problem: undefined } : last;
}

/** When the place was last observed, by the last run that went well. */
export async function lastObserved(client: Client, { good }: LastRun): Promise<string | undefined> {
  if (!good) return undefined;
  const result: unknown = await client.workflow.getHandle(good.workflowId, good.runId).result();
  return (result as PlaceResult).observed;
}

/** Of the runs that are looked at, the newest first: by then one that went well is no news. */
const farEnough = 10;

async function lastRun(client: Client, which: string, subject: string): Promise<LastRun> {
  const query = `${which} AND ExecutionStatus != 'Running'`;
  let seen = 0;
  let bad: WorkflowExecutionInfo | undefined;
  let good: LastRun['good'];
  for await (const run of client.workflow.list({ query, pageSize: farEnough })) {
    if (isBad(run)) bad ??= run;
    if (run.status.name === 'COMPLETED') good = { workflowId: run.workflowId, runId: run.runId };
    // One that somebody cancelled says nothing; neither does one that was started for hours long past.
    if (good || ++seen >= farEnough) break;
  }
  if (!bad) return { problem: undefined, good };
  const failure = await failureOf(client, bad);
  const problem: Problem = {
    subject,
    kind: 'failed',
    since: (bad.closeTime ?? bad.startTime).toISOString(),
    failure,
    run: { workflowId: bad.workflowId, runId: bad.runId },
  };
  return { problem, failureType: failure.type, good };
}

function isBad({ status }: WorkflowExecutionInfo): boolean {
  return status.name === 'FAILED' || status.name === 'TIMED_OUT' || status.name === 'TERMINATED';
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

/** A text in a visibility query. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
