import { Context, activityInfo } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Config, ConfigReader } from '../../model/config.ts';
import { failures } from '../../model/failure-types.ts';
import type { Beside, Finding, IncidentMemo, Well } from '../../model/incident.ts';
import { thingOf, trialPrefix } from '../../model/incident.ts';
import {
  alertsScheduleId,
  filesQueue,
  syncScheduleId,
  taskQueue,
  weatherScheduleId,
  workflowTypes,
} from '../../model/run.ts';
import { withConnection } from '../postgres/connection.ts';
import { diskFinding } from './checks/disk.ts';
import { openRunFindings } from './checks/open-runs.ts';
import { queueFindings } from './checks/queues.ts';
import { lastObserved, lastRunOfPlace, lastRunOfSchedule, lastRunOfSource, quoted } from './checks/runs.ts';
import type { LastRun } from './checks/runs.ts';
import { scheduleFindings } from './checks/schedules.ts';
import { warehouseFindings } from './checks/warehouse.ts';
import type { SourceSigns } from './checks/warehouse.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Limits } from '../postgres/timeouts.ts';
import { recordOpenIncidents } from '../metrics.ts';
import { readConfigOrLast, warehousePeer } from '../postgres/endpoints.ts';
import { sqlFile } from '../postgres/sql-file.ts';

/** What a look-around has found. */
export interface LookAround {
  /** What is wrong and has no open incident yet, and for how long (ms) it is to be held back. */
  readonly wrong: readonly {
    readonly finding: Finding;
    readonly holdMs: number;
    readonly heldUntil?: string;
  }[];
  /** What has an open incident and is wrong still. */
  readonly known: readonly string[];
  /** What has an open incident and was seen to be well. */
  readonly well: readonly { readonly thing: string; readonly well: Well }[];
  readonly remindAfterMs: number;
}

/**
 * Looks at everything that may be wrong: runs, schedules and queues in Temporal, the sources' freshness and books in the
 * warehouse, the staging disk. What could not be looked at is neither wrong nor well. A thing is found once, by its
 * weightiest sign, and one that another explains is not found: a warehouse that is away, and not each of its sources.
 */
export function createLookAround(reader: ConfigReader, limits: Limits) {
  return (): Promise<LookAround> => withHeartbeat({}, () => lookAround(reader, limits));
}

async function lookAround(reader: ConfigReader, limits: Limits): Promise<LookAround> {
  const { config, mistake } = await readConfigOrLast(reader);
  const { client } = Context.current();
  const now = Date.now();
  const { findings, unseen, completeThrough } = await findAll(reader, config, mistake, client, limits, now);
  const { open, heldUntil, tellingStill } = await incidents(client, config.alerts.quietMs, now);
  const known = new Set(findings.map(({ thing }) => thing));
  recordOpenIncidents(known.size);
  const wrong = findings
    .filter(({ thing }) => !open.includes(thing))
    .map((finding) => ({
      finding: { ...finding, works: worksStill(config, finding, known) },
      ...heldFor(heldUntil.get(finding.thing) ?? 0, now),
    }));
  return {
    wrong: withBesides(wrong),
    known: open.filter((thing) => known.has(thing)),
    well: open
      .filter((thing) => !known.has(thing) && !unseen.some((prefix) => thing.startsWith(prefix)))
      .filter((thing) => !tellingStill.has(thing))
      .map((thing) => ({ thing, well: wellOf(thing, completeThrough, now) })),
    remindAfterMs: config.alerts.remindAfterMs,
  };
}

/** The first that is told of at once knows the others that are, in short. */
function withBesides(wrong: LookAround['wrong']): LookAround['wrong'] {
  const [first, ...others] = wrong.filter(({ holdMs }) => holdMs === 0).map(({ finding }) => finding);
  if (!first || others.length === 0) return wrong;
  const besides = others
    .slice(0, besidesAtMost)
    .map(({ thing, what, error }): Beside => ({ thing, what, error: error?.split('\n')[0]?.slice(0, 300) }));
  return wrong.map((each) => (each.finding === first ? { ...each, finding: { ...first, besides } } : each));
}

/** No message holds more, and what a look-around finds passes through Temporal. */
const besidesAtMost = 20;

function heldFor(until: number, now: number) {
  return until > now ? { holdMs: until - now, heldUntil: new Date(until).toISOString() } : { holdMs: 0 };
}

interface Found {
  readonly findings: readonly Finding[];
  /** How the things begin of which nothing is known now. */
  readonly unseen: readonly string[];
  readonly completeThrough: Readonly<Record<string, string>>;
}

async function findAll(
  reader: ConfigReader,
  config: Config,
  mistake: string | undefined,
  client: Client,
  limits: Limits,
  now: number,
): Promise<Found> {
  const sources = Object.keys(config.sources);
  const places = config.weather?.places.map(({ name }) => name) ?? [];
  const { findings: schedules, pausedOnPurpose } = await scheduleFindings(client, config, now);
  const open = await openRunFindings(
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
  const failed = [...runs, ...placeRuns].flatMap(({ finding, failureType }) =>
    finding && !(mistake !== undefined && failureType === failures.badConfig) ? finding : [],
  );
  const warehouse = await lookAtWarehouse(reader, config, limits, now);
  const away = warehouse.away ?? failed.find(isOfWarehouse);
  const missingWeather: Finding[] = [];
  if (!pausedOnPurpose.includes(weatherScheduleId))
    for (const [at, place] of places.entries())
      missingWeather.push(...(await weatherFinding(client, config, place, placeRuns[at]!, now)));
  const syncPaused = pausedOnPurpose.includes(syncScheduleId);
  const all = [
    ...(mistake === undefined ? [] : [configFinding(mistake, now)]),
    ...(away ? [{ ...away, thing: 'warehouse' }] : []),
    ...failed.filter((finding) => !isOfWarehouse(finding)),
    ...open.filter((finding) => !isOfWarehouse(finding)),
    ...schedules,
    ...(away || syncPaused ? [] : warehouse.signs.findings),
    ...missingWeather,
    ...(await queueFindings(client, places.length > 0 ? [taskQueue, filesQueue] : [taskQueue], now)),
    (await diskFinding(config.staging, config.alerts.diskFree, now)) ?? [],
  ].flat();
  const weightiest = new Map<string, Finding>();
  for (const finding of all) if (!weightiest.has(finding.thing)) weightiest.set(finding.thing, finding);
  return {
    findings: [...weightiest.values()],
    unseen: [trialPrefix, ...(away || syncPaused ? ['source/', 'snapshot/', 'books/'] : [])],
    completeThrough: warehouse.signs.completeThrough,
  };
}

function configFinding(mistake: string, now: number): Finding {
  return {
    thing: 'config',
    what: { kind: 'bad config' },
    since: new Date(now).toISOString(),
    error: mistake,
  };
}

async function lookAtWarehouse(reader: ConfigReader, config: Config, limits: Limits, now: number) {
  const none: SourceSigns = { findings: [], completeThrough: {} };
  try {
    const quick = { ...limits, connectMs: Math.min(limits.connectMs, 5_000), statementMs: 15_000 };
    const signs = await withConnection(await warehousePeer(reader, config), quick, undefined, (warehouse) =>
      warehouseFindings(warehouse, config, sqlFile('alerts/source-signs.sql')),
    );
    return { signs, away: undefined };
  } catch (error) {
    const away: Finding = {
      thing: 'warehouse',
      what: { kind: 'away' },
      since: new Date(now).toISOString(),
      error: error instanceof Error ? error.message : String(error),
    };
    return { signs: none, away };
  }
}

/** A source's step that met the warehouse says so in its first words. */
function isOfWarehouse({ thing, error }: Finding): boolean {
  return thing.startsWith('source/') && /^source "[^"]*", the warehouse: /.test(error ?? '');
}

async function weatherFinding(
  client: Client,
  { alerts }: Config,
  place: string,
  run: LastRun,
  now: number,
): Promise<Finding[]> {
  const last = await lastObserved(client, run);
  if (last === undefined || now - Date.parse(last) <= alerts.weatherAfterMs) return [];
  return [{ thing: `place/${place}`, what: { kind: 'no weather', last }, since: last }];
}

function worksStill({ sources }: Config, { thing }: Finding, wrong: ReadonlySet<string>): string | undefined {
  if (!thing.startsWith('source/')) return undefined;
  const well = Object.keys(sources).filter((source) => !wrong.has(`source/${source}`));
  return well.length > 0 ? well.join(', ') : undefined;
}

function wellOf(thing: string, completeThrough: Readonly<Record<string, string>>, now: number): Well {
  const through = completeThrough[thing.replace(/^[^/]*\//, '')];
  const at = new Date(now).toISOString();
  return through !== undefined && thing.startsWith('source/') ? { at, caughtUp: through } : { at };
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
    opened.set(thingOf(workflowId), memo ?? {});
  const open = [...opened.keys()];
  const isTelling = (thing: string) => opened.has(thing) && opened.get(thing)?.toldAt === undefined;
  const tellingStill = new Set(
    open.filter((thing) => {
      const { toldWith } = opened.get(thing)!;
      return toldWith !== undefined && isTelling(toldWith);
    }),
  );
  const heldUntil = new Map<string, number>();
  const since = new Date(now - Math.max(quietMs, longestMuteMs)).toISOString();
  for await (const { workflowId, memo } of client.workflow.list({
    query: `${type} AND ExecutionStatus != 'Running' AND CloseTime > '${since}'`,
  })) {
    const { toldAt, mutedUntil } = (memo ?? {}) as Partial<IncidentMemo>;
    const until = Math.max(
      toldAt === undefined ? 0 : Date.parse(toldAt) + quietMs,
      mutedUntil === undefined ? 0 : Date.parse(mutedUntil),
    );
    const thing = thingOf(workflowId);
    heldUntil.set(thing, Math.max(until, heldUntil.get(thing) ?? 0));
  }
  return { open, heldUntil, tellingStill };
}

/** How long one that has closed while it was muted is remembered. */
const longestMuteMs = 24 * 3_600_000;
