import {
  daysBetween,
  endOfDay,
  hourMs,
  hoursOfDay,
  isDay,
  localHour,
  startOfDay,
} from '../../model/local-hour.ts';
import type { HourRange } from '../../model/runs.ts';
import type { Measure, Observation, Place } from '../../model/weather.ts';
import { measureNames } from '../../model/weather.ts';
import type { Environment } from '../activity.ts';
import { atPlace } from './at-place.ts';
import type { PlaceAttempt } from './at-place.ts';
import { changeDayFile } from './day-file.ts';
import { openMeteoHours } from './open-meteo.ts';
import { dayPresence } from './presence.ts';
import { dayFileOf } from './read-day-file.ts';
import { rowOf, withMissingHours } from './rows.ts';
import { openMeteoService } from './services.ts';

export interface FillHoursInput {
  readonly place: string;
  /** The hours to fill; the days of the last 48 hours when absent. */
  readonly hours?: HourRange;
}

export interface FilledHours {
  /** The number of rows added to the place's files, by measure. */
  readonly rows: Readonly<Record<Measure, number>>;
  readonly movedAside: readonly string[];
  /** The number of hours that the history does not have (yet) either. */
  readonly stillMissing: number;
}

const defaultPeriodMs = 48 * hourMs;
/** The number of days in one request to the history. */
const daysPerRequest = 30;

/** The activity that fills the missing hours of a place. */
export function createFillHours(environment: Environment) {
  return atPlace(environment, fillHours);
}

/**
 * Fills the hours missing from a place's files, from Open-Meteo's history: whole past hours of the place's own time, in
 * each file independently. Existing rows are never replaced, so filling again changes nothing. Sends no request when no
 * hour is missing; fills nothing when the config has no history.
 */
async function fillHours(attempt: PlaceAttempt, { hours }: FillHoursInput): Promise<FilledHours> {
  const { weather, place } = attempt;
  const period = periodOf(place, hours, Date.now());
  const filled: FilledHours[] = [];
  if (!weather.history || period.to <= period.from) return sumOf(filled);

  const days = daysBetween(place.timezone, period.from, period.to);
  for (let at = 0; at < days.length; at += daysPerRequest) {
    const missing = await findMissingHours(attempt, days.slice(at, at + daysPerRequest), period);
    if (missing.length === 0) continue;
    const observations = await fetchHours(attempt, weather.history, missing);
    for (const day of missing) filled.push(await fillDay(attempt, day, observations));
  }
  return sumOf(filled);
}

/** Instants in milliseconds since 1970. */
interface Period {
  readonly from: number;
  readonly to: number;
}

function periodOf({ timezone }: Place, hours: HourRange | undefined, now: number): Period {
  if (!hours) {
    // Whole days: the first day counts from its first hour, however late in it the 48 hours begin.
    const firstDay = daysBetween(timezone, now - defaultPeriodMs, now)[0]!;
    return { from: startOfDay(timezone, firstDay), to: now };
  }
  const { from, to } = hours;
  return {
    from: isDay(from) ? startOfDay(timezone, from) : Date.parse(from),
    to: Math.min(now, isDay(to) ? endOfDay(timezone, to) : Date.parse(to)),
  };
}

/** The hours of a day that are missing in at least one of its files, as instants, in order. */
interface MissingHours {
  readonly day: string;
  readonly hours: readonly number[];
}

/** Finds the missing hours of the days. Days without any are left out. */
async function findMissingHours(
  { weather, place, report }: PlaceAttempt,
  days: readonly string[],
  { from, to }: Period,
): Promise<MissingHours[]> {
  const missing: MissingHours[] = [];
  for (const day of days) {
    report({ day });
    const present = await dayPresence(weather.folder, place, day);
    const hours = hoursOfDay(place.timezone, day).filter((hour) => {
      const begin = localHour(place.timezone, hour);
      return begin >= from && begin + hourMs <= to && !present.hours.has(begin);
    });
    if (hours.length > 0) missing.push({ day, hours });
  }
  return missing;
}

/** The observations of the history, by time (ms), from the first missing hour to the last. */
async function fetchHours(
  { place, signal, timeouts: { requestMs } }: PlaceAttempt,
  { url, archiveUrl }: { readonly url: string; readonly archiveUrl: string },
  missing: readonly MissingHours[],
): Promise<ReadonlyMap<number, Observation>> {
  const hours = missing.flatMap((day) => day.hours);
  const services = {
    recent: openMeteoService(place, url, requestMs),
    archive: openMeteoService(place, archiveUrl, requestMs),
  };
  const [from, to] = [utcDay(Math.min(...hours)), utcDay(Math.max(...hours))];
  const observations = await openMeteoHours(services, place, from, to, signal);
  return new Map(observations.map((observation) => [Date.parse(observation.time), observation]));
}

/** Adds the missing hours of a day to its files, as far as the history has them. */
async function fillDay(
  { weather, place, report, signal }: PlaceAttempt,
  { day, hours }: MissingHours,
  history: ReadonlyMap<number, Observation>,
): Promise<FilledHours> {
  report({ day });
  const observations = hours.flatMap((hour) => history.get(hour) ?? []);
  const rows = { temperature: 0, wind: 0 };
  const movedAside: string[] = [];
  for (const measure of measureNames) {
    const file = dayFileOf(weather.folder, place.name, measure, day);
    const found = observations.map((observation) => rowOf(measure, observation));
    const written = await changeDayFile(file, signal, (before) =>
      withMissingHours(before, place.timezone, found),
    );
    rows[measure] = written.added;
    if (written.movedAside !== undefined) movedAside.push(written.movedAside);
  }
  return { rows, movedAside, stillMissing: hours.length - observations.length };
}

function sumOf(parts: readonly FilledHours[]): FilledHours {
  const sum = (valueOf: (part: FilledHours) => number) =>
    parts.reduce((total, part) => total + valueOf(part), 0);
  return {
    rows: { temperature: sum(({ rows }) => rows.temperature), wind: sum(({ rows }) => rows.wind) },
    movedAside: parts.flatMap(({ movedAside }) => movedAside),
    stillMissing: sum(({ stillMissing }) => stillMissing),
  };
}

/** `2026-11-24`. */
function utcDay(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
