import { Context, activityInfo } from '@temporalio/activity';
import type { Config, ConfigReader } from '../../model/config.ts';
import type { Problem, Reminding, Resolution, RunReference } from '../../model/incident.ts';
import { partsOf, testPrefix } from '../../model/incident.ts';
import { concurrently } from '../../model/concurrently.ts';
import { scheduledIntervals } from '../../model/schedules.ts';
import { shortFailure } from '../../model/short-failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { recordOpenIncidents } from '../metrics.ts';
import { readConfigOrLast } from '../config.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { registeredAttributes } from '../registered-attributes.ts';
import type { NewProblem } from './open-incidents.ts';
import { isUnannounced, readIncidents, withQuietTime } from './open-incidents.ts';
import type { Incidents } from './open-incidents.ts';
import { maxRequests } from './checks/runs.ts';
import { chatNames } from './chat-names.ts';
import { lastSuccess } from './last-success.ts';
import { runChecks } from './run-checks.ts';
import type { CheckResults } from './run-checks.ts';

/** The current problems, compared with the open incidents. */
export interface HealthCheck extends Reminding {
  readonly problems: readonly NewProblem[];
  /** The subjects of open incidents whose problem persists. */
  readonly ongoing: readonly string[];
  /** The subjects of open incidents whose problem is over. */
  readonly resolved: readonly { readonly subject: string; readonly resolution: Resolution }[];
  /** The names of the chats to notify; absent when a secret among them cannot be read, which is a problem of its own. */
  readonly chats?: readonly string[];
  /** The subjects of the open incidents that know of other chats. */
  readonly unaware?: readonly string[];
  /** The search attributes that the namespace has. */
  readonly searchAttributes?: readonly string[];
}

/**
 * Checks everything that may fail: runs, schedules and queues in Temporal, the freshness and row counts of the sources in
 * the warehouse, the staging disk, the config itself. A subject that cannot be checked is neither a problem nor resolved.
 */
export function createCheckHealth(reader: ConfigReader, timeouts: Timeouts) {
  return (): Promise<HealthCheck> => withHeartbeat({}, () => checkHealth(reader, timeouts));
}

async function checkHealth(reader: ConfigReader, timeouts: Timeouts): Promise<HealthCheck> {
  const { config, configError } = await readConfigOrLast(reader);
  const { client } = Context.current();
  const now = Date.now();
  const { quietMs, remindAfterMs } = config.alerts;

  const ownWorkflowId = activityInfo().workflowExecution?.workflowId ?? '';
  const results = await runChecks({ client, config, configError, reader, timeouts, now, ownWorkflowId });
  const incidents = await readIncidents(client, quietMs, now);
  const failing = new Set(results.problems.map(({ subject }) => subject));
  recordOpenIncidents(failing.size);

  const open = [...incidents.open.keys()];
  const found = results.problems.filter(({ subject }) => !incidents.open.has(subject));
  const over = open
    .filter((subject) => !failing.has(subject) && isChecked(subject, results))
    .filter((subject) => !isUnannounced(subject, incidents));
  const chats = await chatNames(reader).catch(() => undefined);
  return {
    problems: found
      .map((problem) => ({
        ...problem,
        unaffected: unaffectedBy(problem, config, failing),
        failure: problem.failure && shortFailure(problem.failure, Math.floor(maxFailureText / found.length)),
      }))
      .map((problem) =>
        withQuietTime(problem, incidents, { quietMs, graceMs: graceMs(problem, config), now }),
      ),
    ongoing: open.filter((subject) => failing.has(subject)),
    resolved: await concurrently(over, maxRequests, async (subject) => ({
      subject,
      resolution: resolutionOf(
        subject,
        results,
        now,
        await lastSuccess(client, subject, sinceOf(subject, incidents)),
      ),
    })),
    ...(chats && { chats, unaware: unawareOf(chats, incidents) }),
    remindAfterMinutes: remindAfterMs / 60_000,
    searchAttributes: await registeredAttributes(),
  };
}

/** When the problem of an open incident began; long ago for one of an earlier version, which does not say. */
function sinceOf(subject: string, { open }: Incidents): string {
  return open.get(subject)?.since ?? new Date(0).toISOString();
}

/** The subjects of the open incidents that know of other chats than these. */
function unawareOf(chats: readonly string[], { open }: Incidents): string[] {
  return [...open]
    .filter(([subject, memo]) => !subject.startsWith(testPrefix) && memo.chats?.join() !== chats.join())
    .map(([subject]) => subject);
}

/** All failures together have at most twice as many characters: Temporal refuses a result of 2 MiB. */
const maxFailureText = 200_000;

/**
 * Temporal does not record when a schedule was resumed, and after a long pause a schedule looks idle until its next start.
 * So an idle schedule is reported only when it is still idle after one more interval.
 */
function graceMs({ kind, subject }: Problem, config: Config): number {
  if (kind !== 'idle') return 0;
  return scheduledIntervals(config).find(({ id }) => id === partsOf(subject).name)?.everyMs ?? 0;
}

function isChecked(subject: string, { unchecked }: CheckResults): boolean {
  return !unchecked.some((name) => (name.endsWith('/') ? subject.startsWith(name) : subject === name));
}

/** A message has no space for more, and hundreds of problems pass through Temporal at once. */
const maxUnaffected = 10;

/** The other sources, for the problem of a source: some names, and how many more. */
function unaffectedBy(
  { subject }: Problem,
  { sources }: Config,
  failing: ReadonlySet<string>,
): string | undefined {
  if (partsOf(subject).type !== 'source') return undefined;
  const unaffected = Object.keys(sources).filter((source) => !failing.has(`source/${source}`));
  if (unaffected.length === 0) return undefined;
  const more = unaffected.length - maxUnaffected;
  return [...unaffected.slice(0, maxUnaffected), ...(more > 0 ? [`+${more}`] : [])].join(', ');
}

function resolutionOf(
  subject: string,
  { completeThrough }: CheckResults,
  now: number,
  run: RunReference | undefined,
): Resolution {
  const { type, name } = partsOf(subject);
  return {
    at: new Date(now).toISOString(),
    ...(type === 'source' && { completeThrough: completeThrough[name] }),
    ...(run && { run }),
  };
}
