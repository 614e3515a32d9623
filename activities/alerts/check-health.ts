import { Context, activityInfo } from '@temporalio/activity';
import type { Config, ConfigReader } from '../../model/config.ts';
import type { Problem, Resolution } from '../../model/incident.ts';
import { partsOf } from '../../model/incident.ts';
import { scheduledIntervals } from '../../model/schedules.ts';
import { shortFailure } from '../../model/short-failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { recordOpenIncidents } from '../metrics.ts';
import { readConfigOrLast } from '../config.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import type { NewProblem } from './open-incidents.ts';
import { isUnannounced, readIncidents, withQuietTime } from './open-incidents.ts';
import { runChecks } from './run-checks.ts';
import type { CheckResults } from './run-checks.ts';

/** The current problems, compared with the open incidents. */
export interface HealthCheck {
  readonly problems: readonly NewProblem[];
  /** The subjects of open incidents whose problem persists. */
  readonly ongoing: readonly string[];
  /** The subjects of open incidents whose problem is over. */
  readonly resolved: readonly { readonly subject: string; readonly resolution: Resolution }[];
  readonly remindAfterMs: number;
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
    resolved: open
      .filter((subject) => !failing.has(subject) && isChecked(subject, results))
      .filter((subject) => !isUnannounced(subject, incidents))
      .map((subject) => ({ subject, resolution: resolutionOf(subject, results, now) })),
    remindAfterMs,
  };
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

function resolutionOf(subject: string, { completeThrough }: CheckResults, now: number): Resolution {
  const at = new Date(now).toISOString();
  const { type, name } = partsOf(subject);
  return type === 'source' ? { at, completeThrough: completeThrough[name] } : { at };
}
