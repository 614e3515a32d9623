import type { Client } from '@temporalio/client';
import type { Config, ConfigReader } from '../../model/config.ts';
import { ConfigError } from '../../model/config.ts';
import type { PageData, Part, SourceRun } from '../page-data.ts';
import { missing } from './missing.ts';
import { readActivityTimes, readIncidents, readMutedSubjects, readRuns, readSchedules } from './temporal.ts';
import type { EndedRuns } from './temporal.ts';
import type { BatchRow, WarehouseParts } from './warehouse.ts';
import { readWarehouse } from './warehouse.ts';
import type { ReadFiles } from './weather.ts';
import { readWeather } from './weather.ts';

/** The systems that the page reads. */
export interface PageSources {
  readonly reader: ConfigReader;
  /** The client of Temporal, which need not be there. */
  readonly temporal: Client;
}

/**
 * At most this many runs are listed, however many sources there are: as many as Temporal lists in one request. And at least and
 * at most so many for each source.
 */
const runsShown = { all: 1_000, least: 8, most: 40 };

const slowestRuns = 8;

/** How long what the warehouse has is kept while nothing lands and no source fails, in milliseconds. */
const keptMs = 60_000;

/** The same where a part of it could not be read: a warehouse that is slow is not asked all the time. */
const missingKeptMs = 15_000;

/**
 * Returns a function that reads everything that the page shows. Each call reads again, except for what cannot have changed:
 * ended runs, files with the same time; and the warehouse while nothing has landed. What comes from the warehouse is of one
 * snapshot, so that no two sums disagree. A part that cannot be read says why.
 */
export function createCollect({ reader, temporal }: PageSources): () => Promise<PageData> {
  const ended: EndedRuns = new Map();
  const files: ReadFiles = new Map();
  const { namespace } = temporal.options;
  let kept: { readonly until: number; readonly parts: WarehouseParts } | undefined;

  return async () => {
    const at = Date.now();
    const config = await configOrLast(reader);
    if (!config) return emptyPage(at, namespace, 'The config is invalid: run tidehouse doctor.');
    const { webUi, lateAfterMs } = config.alerts;
    const names = Object.keys(config.sources);
    const perSource = Math.min(
      runsShown.most,
      Math.max(runsShown.least, Math.floor(runsShown.all / names.length)),
    );
    const last = kept && at < kept.until ? kept.parts : undefined;
    const ask = async <T>(read: (client: Client) => Promise<T>): Promise<Part<T>> => {
      try {
        return { value: await read(temporal) };
      } catch (error) {
        return { missing: temporalSentence(error) };
      }
    };
    const [warehouse, listed, incidents, mutes, schedules, weather] = await Promise.all([
      readWarehouse(reader, config, perSource, at, last),
      ask(async (client) => {
        const runs = await readRuns(client, perSource * names.length);
        return { runs, times: await readActivityTimes(client, runs, slowestRuns, ended) };
      }),
      ask((client) => readIncidents(client, at)),
      ask(readMutedSubjects),
      ask(readSchedules),
      weatherPart(config, at, files),
    ]);
    if (warehouse !== last) {
      const complete = Object.values(warehouse).every((part) => 'value' in part);
      kept = { until: at + (complete ? keptMs : missingKeptMs), parts: warehouse };
    }
    const { batches, ...parts } = warehouse;
    const runs = 'missing' in listed ? listed : { value: listed.value.runs };
    const withWork = withBatches(runs, batches, parts.heldBack);
    return {
      at,
      ...(webUi !== undefined && { webUi }),
      namespace,
      everyMs: config.schedules.sync,
      lateAfterMs,
      ...('value' in schedules && { schedules: schedules.value }),
      ...parts,
      sources: configured(parts.sources, names),
      runs: withWork,
      activities: 'missing' in listed ? listed : { value: withOutcomes(listed.value.times, withWork) },
      incidents,
      ...('value' in mutes && { mutes: mutes.value }),
      weather,
    };
  };
}

async function configOrLast(reader: ConfigReader): Promise<Config | undefined> {
  try {
    return await reader.read();
  } catch (error) {
    if (error instanceof ConfigError) return reader.lastGood?.();
    throw error;
  }
}

async function weatherPart({ weather }: Config, now: number, files: ReadFiles): Promise<PageData['weather']> {
  if (!weather || weather.places.length === 0) return { missing: 'The config has no places.' };
  try {
    return { value: await readWeather(weather, now, files) };
  } catch (error) {
    return missing(error);
  }
}

/** The sources of the config, also those that have not landed yet. */
function configured(part: PageData['sources'], names: readonly string[]): PageData['sources'] {
  if ('missing' in part) return part;
  const known = new Map(part.value.map((source) => [source.source, source]));
  return {
    value: names.map(
      (source) =>
        known.get(source) ?? {
          source,
          completeThrough: null,
          currentThrough: null,
          landedAt: null,
          error: null,
          failingSince: null,
          tables: 0,
          rows: 0,
          differences: [],
        },
    ),
  };
}

/** The runs with what their batches changed. A batch's id begins with the id of its run. */
function withBatches(
  runs: PageData['runs'],
  batches: Part<readonly BatchRow[]>,
  heldBack: PageData['heldBack'],
): PageData['runs'] {
  if ('missing' in runs) return runs;
  const byRun = new Map<string, BatchRow>();
  if ('value' in batches)
    for (const batch of batches.value) byRun.set(batch.batch.slice(0, runIdLength), batch);
  const since = new Map<string, number>();
  if ('value' in heldBack)
    for (const { source, since: at } of heldBack.value)
      since.set(source, Math.min(at, since.get(source) ?? at));
  return {
    value: runs.value.map((run): SourceRun => {
      const batch = byRun.get(run.runId);
      const holdsBack =
        run.state === 'landed' && (run.closedAt ?? 0) >= (since.get(run.source) ?? Number.POSITIVE_INFINITY);
      return {
        ...run,
        ...(holdsBack && { state: 'held back' }),
        ...(batch && { extracted: batch.extracted, tables: batch.tables }),
      };
    }),
  };
}

/** The length of a run id, a UUID. */
const runIdLength = 36;

function withOutcomes(
  times: readonly { readonly run: SourceRun; readonly seconds: readonly (readonly [string, number])[] }[],
  runs: PageData['runs'],
) {
  const known = new Map('value' in runs ? runs.value.map((run) => [run.runId, run]) : []);
  return times.map(({ run, seconds }) => ({ run: known.get(run.runId) ?? run, seconds }));
}

function emptyPage(at: number, namespace: string, sentence: string): PageData {
  const part = { missing: sentence };
  return {
    at,
    namespace,
    everyMs: 600_000,
    lateAfterMs: 1_800_000,
    sources: part,
    heldBack: part,
    lag: part,
    landings: part,
    lastNight: part,
    days: part,
    sizes: part,
    schemaChanges: part,
    sessions: part,
    runs: part,
    activities: part,
    incidents: part,
    weather: part,
  };
}

/** The code of gRPC for an answer that has not come in time; its text says nothing more. */
const deadlineExceeded = 4;

function temporalSentence(error: unknown): string {
  // The client wraps what gRPC says.
  const { cause } = error as { cause?: { code?: number; details?: string } };
  if (cause?.code === deadlineExceeded) return 'Temporal has not answered within four seconds.';
  const why = cause?.details ?? (error instanceof Error ? error.message : String(error));
  return `Temporal does not answer: ${why.split('\n', 1)[0]}`;
}
