import { Context, activityInfo } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Config, ConfigReader } from '../../model/config.ts';
import { failureTypes } from '../../model/failure.ts';
import type { Problem, IncidentMemo, Resolution } from '../../model/incident.ts';
import { subjectOf, testPrefix } from '../../model/incident.ts';
import {
  alertsScheduleId,
  filesQueue,
  syncScheduleId,
  taskQueue,
  weatherScheduleId,
  workflowTypes,
} from '../../model/names.ts';
import { withConnection } from '../postgres/connection.ts';
import { diskProblem } from './checks/disk.ts';
import { openRunProblems } from './checks/open-runs.ts';
import { queueProblems } from './checks/queues.ts';
import { lastObserved, lastRunOfPlace, lastRunOfSchedule, lastRunOfSource, quoted } from './checks/runs.ts';
import type { LastRun } from './checks/runs.ts';
import { scheduleProblems } from './checks/schedules.ts';
import { warehouseProblems } from './checks/warehouse.ts';
import type { SourceSigns } from './checks/warehouse.ts';
import { unwrapFailure } from '../../model/unwrap-failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { recordOpenIncidents } from '../metrics.ts';
import { readConfigOrLast, warehouseEndpoint } from '../postgres/endpoints.ts';
import { sqlFile } from '../postgres/sql-file.ts';

/** What a health check has found. */
export interface HealthCheck {
  /** Problems without an open incident, and for how long (ms) each is to send nothing yet. */
  readonly problems: readonly {
    readonly problem: Problem;
    readonly quietMs: number;
    readonly quietUntil?: string;
  }[];
  /** The subjects of open incidents whose problem goes on. */
  readonly ongoing: readonly string[];
  /** The subjects of open incidents whose problem is over. */
  readonly resolved: readonly { readonly subject: string; readonly resolution: Resolution }[];
  readonly remindAfterMs: number;
}

/**
 * Checks all that may go wrong: runs, schedules and queues in Temporal, the sources' freshness and row counts in the
 * warehouse, the staging disk. What could not be checked is neither a problem nor resolved. A subject has one problem, its
 * most serious one, and a problem that another explains is left out: a warehouse that is away, and not each of its sources.
 */
export function createCheckHealth(reader: ConfigReader, timeouts: Timeouts) {
  return (): Promise<HealthCheck> => withHeartbeat({}, () => checkHealth(reader, timeouts));
}

async function checkHealth(reader: ConfigReader, timeouts: Timeouts): Promise<HealthCheck> {
  const { config, configError: mistake } = await readConfigOrLast(reader);
  const { client } = Context.current();
  const now = Date.now();
  const { problems, unseen, completeThrough } = await findAll(reader, config, mistake, client, timeouts, now);
  const { open, quietUntil, stillAnnouncing } = await incidents(client, config.alerts.quietMs, now);
  const found = new Set(problems.map(({ subject }) => subject));
  recordOpenIncidents(found.size);
  return {
    problems: problems
      .filter(({ subject }) => !open.includes(subject))
      .map((problem) => ({
        problem: { ...problem, unaffected: unaffectedBy(config, problem, found) },
        ...quietFor(quietUntil.get(problem.subject) ?? 0, now),
      })),
    ongoing: open.filter((subject) => found.has(subject)),
    resolved: open
      .filter((subject) => !found.has(subject) && !unseen.some((prefix) => subject.startsWith(prefix)))
      .filter((subject) => !stillAnnouncing.has(subject))
      .map((subject) => ({ subject, resolution: resolutionOf(subject, completeThrough, now) })),
    remindAfterMs: config.alerts.remindAfterMs,
  };
}

function quietFor(until: number, now: number) {
  return until > now ? { quietMs: until - now, quietUntil: new Date(until).toISOString() } : { quietMs: 0 };
}

interface Found {
  readonly problems: readonly Problem[];
  /** How the things begin of which nothing is known now. */
  readonly unseen: readonly string[];
  readonly completeThrough: Readonly<Record<string, string>>;
}

async function findAll(
  reader: ConfigReader,
  config: Config,
  mistake: string | undefined,
  client: Client,
  timeouts: Timeouts,
  now: number,
): Promise<Found> {
  const sources = Object.keys(config.sources);
  const places = config.weather?.places.map(({ name }) => name) ?? [];
  const { problems: schedules, pausedOnPurpose } = await scheduleProblems(client, config, now);
  const open = await openRunProblems(
    client,
    config.schedules,
    activityInfo().workflowExecution?.workflowId ?? '',
    now,
  );
  const runs = await Promise.all([
    ...sources.map((source) => lastRunOfSource(client, source)),
    ...[syncScheduleId, weatherScheduleId, alertsScheduleId].map((id) => lastRunOfSchedule(client, id)),
  ]);
  const placeRuns = await Promise.all(places.map((place) => lastRunOfPlace(client, place)));
  // What the config is to blame for is told of it, and of nothing else.
  const failed = [...runs, ...placeRuns].flatMap(({ problem, failureType }) =>
    problem && !(mistake !== undefined && failureType === failureTypes.badConfig) ? problem : [],
  );
  const warehouse = await lookAtWarehouse(reader, config, timeouts, now);
  const away = warehouse.away ?? failed.find(isOfWarehouse);
  const missingWeather: Problem[] = [];
  if (!pausedOnPurpose.includes(weatherScheduleId))
    for (const [at, place] of places.entries())
      missingWeather.push(...(await weatherProblem(client, config, place, placeRuns[at]!, now)));
  const syncPaused = pausedOnPurpose.includes(syncScheduleId);
  const all = [
    ...(mistake === undefined ? [] : [configProblem(mistake, now)]),
    ...(away ? [{ ...away, subject: 'warehouse' }] : []),
    ...failed.filter((problem) => !isOfWarehouse(problem)),
    ...open.filter((problem) => !isOfWarehouse(problem)),
    ...schedules,
    ...(away || syncPaused ? [] : warehouse.signs.problems),
    ...missingWeather,
    ...(await queueProblems(client, places.length > 0 ? [taskQueue, filesQueue] : [taskQueue], now)),
    (await diskProblem(config.staging, config.alerts.diskFree, now)) ?? [],
  ].flat();
  const weightiest = new Map<string, Problem>();
  for (const problem of all) if (!weightiest.has(problem.subject)) weightiest.set(problem.subject, problem);
  return {
    problems: [...weightiest.values()],
    unseen: [testPrefix, ...(away || syncPaused ? ['source/', 'long-transaction/', 'row-count/'] : [])],
    completeThrough: warehouse.signs.completeThrough,
  };
}

function configProblem(mistake: string, now: number): Problem {
  return {
    subject: 'config',
    kind: 'invalid config',
    since: new Date(now).toISOString(),
    failure: { type: failureTypes.badConfig, message: mistake },
  };
}

async function lookAtWarehouse(reader: ConfigReader, config: Config, timeouts: Timeouts, now: number) {
  const none: SourceSigns = { problems: [], completeThrough: {} };
  try {
    const quick = { ...timeouts, connectMs: Math.min(timeouts.connectMs, 5_000), statementMs: 15_000 };
    const signs = await withConnection(
      await warehouseEndpoint(reader, config),
      quick,
      undefined,
      (warehouse) => warehouseProblems(warehouse, config, sqlFile('alerts/source-signs.sql')),
    );
    return { signs, away: undefined };
  } catch (error) {
    const away: Problem = {
      subject: 'warehouse',
      kind: 'unreachable',
      since: new Date(now).toISOString(),
      failure: unwrapFailure(error),
    };
    return { signs: none, away };
  }
}

/** A source's activity that met the warehouse. */
function isOfWarehouse({ subject, failure }: Problem): boolean {
  return subject.startsWith('source/') && failure?.details?.warehouse === true;
}

async function weatherProblem(
  client: Client,
  { alerts }: Config,
  place: string,
  run: LastRun,
  now: number,
): Promise<Problem[]> {
  const last = await lastObserved(client, run);
  if (last === undefined || now - Date.parse(last) <= alerts.weatherAfterMs) return [];
  return [{ subject: `place/${place}`, kind: 'no weather', last, since: last }];
}

function unaffectedBy(
  { sources }: Config,
  { subject }: Problem,
  wrong: ReadonlySet<string>,
): string | undefined {
  if (!subject.startsWith('source/')) return undefined;
  const well = Object.keys(sources).filter((source) => !wrong.has(`source/${source}`));
  return well.length > 0 ? well.join(', ') : undefined;
}

function resolutionOf(
  subject: string,
  completeThrough: Readonly<Record<string, string>>,
  now: number,
): Resolution {
  const through = completeThrough[subject.replace(/^[^/]*\//, '')];
  const at = new Date(now).toISOString();
  return through !== undefined && subject.startsWith('source/') ? { at, completeThrough: through } : { at };
}

/**
 * The things whose incidents are open, until when (ms) one that was told of a moment ago is to be held back, and what is
 * told of by another's message that has not gone out: that it is well must not be heard before that it was wrong. All
 * come from Temporal alone, so that no run of ours has to hand them on.
 */
async function incidents(client: Client, quietMs: number, now: number) {
  const type = `WorkflowType = ${quoted(workflowTypes.incident)}`;
  const opened = new Map<string, Partial<IncidentMemo>>();
  for await (const { workflowId, memo } of client.workflow.list({
    query: `${type} AND ExecutionStatus = 'Running'`,
  }))
    opened.set(subjectOf(workflowId), memo ?? {});
  const open = [...opened.keys()];
  const isAnnouncing = (subject: string) =>
    opened.has(subject) && opened.get(subject)?.notifiedAt === undefined;
  const stillAnnouncing = new Set(
    open.filter((subject) => {
      const { notifiedWith } = opened.get(subject)!;
      return notifiedWith !== undefined && isAnnouncing(notifiedWith);
    }),
  );
  const quietUntil = new Map<string, number>();
  const since = new Date(now - Math.max(quietMs, longestMuteMs)).toISOString();
  for await (const { workflowId, memo } of client.workflow.list({
    query: `${type} AND ExecutionStatus != 'Running' AND CloseTime > '${since}'`,
  })) {
    const { notifiedAt, mutedUntil } = (memo ?? {}) as Partial<IncidentMemo>;
    const until = Math.max(
      notifiedAt === undefined ? 0 : Date.parse(notifiedAt) + quietMs,
      mutedUntil === undefined ? 0 : Date.parse(mutedUntil),
    );
    const subject = subjectOf(workflowId);
    quietUntil.set(subject, Math.max(until, quietUntil.get(subject) ?? 0));
  }
  return { open, quietUntil, stillAnnouncing };
}

/** How long one that has closed while it was muted is remembered. */
const longestMuteMs = 24 * 3_600_000;
