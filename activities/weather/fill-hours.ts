import { join } from 'node:path';
import type { ConfigReader } from '../../model/config.ts';
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
import { dayFile, measureNames } from '../../model/weather.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { changeDayFile } from './day-file.ts';
import { dayPresence } from './presence.ts';
import { openMeteoHours } from './open-meteo.ts';
import { configuredPlace, openMeteoService } from './place-service.ts';
import { rowOf, withMissingHours } from './rows.ts';

export interface FillHoursInput {
  readonly place: string;
  /** The days of the last 48 hours when absent. */
  readonly hours?: HourRange;
}

export interface Filled {
  /** Rows that came into the place's files, by measure. */
  readonly rows: Readonly<Record<Measure, number>>;
  readonly movedAside: readonly string[];
  /** Hours that the history does not have either, or not yet. */
  readonly stillMissing: number;
}

const lookBackMs = 48 * hourMs;
/** Of history to ask for at once. */
const daysAtOnce = 30;

/**
 * Fills the hours that a place's files lack from Open-Meteo's history: whole hours that have passed, in the place's own
 * time, in each file by itself. Where a row is, nothing is replaced, so that a second time it changes nothing. When no
 * hour is missing nothing is asked of anybody; without a history in the config, nothing is filled.
 */
export function createFillHours(reader: ConfigReader, { requestMs }: Timeouts) {
  return ({ place: name, hours }: FillHoursInput): Promise<Filled> =>
    withHeartbeat({ day: '' }, async (report, signal) => {
      const { weather, place } = await configuredPlace(reader, name);
      const now = Date.now();
      const from = hours ? begin(place, hours.from) : now - lookBackMs;
      const to = Math.min(now, hours ? end(place, hours.to) : now);
      const rows = { temperature: 0, wind: 0 };
      const movedAside: string[] = [];
      let stillMissing = 0;
      const { history } = weather;
      if (!history || to <= from) return { rows, movedAside, stillMissing };
      const services = {
        recent: openMeteoService(place, history.url, requestMs),
        archive: openMeteoService(place, history.archiveUrl, requestMs),
      };
      const due = (day: string) =>
        hoursOfDay(place.timezone, day).filter((hour) => {
          const begins = localHour(place.timezone, hour);
          return begins + hourMs <= to && (hours === undefined || begins >= from);
        });
      const days = daysBetween(place.timezone, from, to);
      for (let at = 0; at < days.length; at += daysAtOnce) {
        const lacking = [];
        for (const day of days.slice(at, at + daysAtOnce)) {
          report({ day });
          const missing = await missingHours(weather.folder, place, day, due(day));
          if (missing.length > 0) lacking.push({ day, missing });
        }
        const all = lacking.flatMap(({ missing }) => missing);
        if (all.length === 0) continue;
        const utcDay = (time: number) => new Date(time).toISOString().slice(0, 10);
        const found = await openMeteoHours(
          services,
          place,
          utcDay(Math.min(...all)),
          utcDay(Math.max(...all)),
          signal,
        );
        const byTime = new Map(found.map((observation) => [Date.parse(observation.time), observation]));
        for (const { day, missing } of lacking) {
          report({ day });
          const observations = missing.flatMap((hour) => byTime.get(hour) ?? []);
          stillMissing += missing.length - observations.length;
          for (const measure of measureNames) {
            const written = await fill(weather.folder, place, measure, day, observations, signal);
            rows[measure] += written.added;
            if (written.movedAside) movedAside.push(written.movedAside);
          }
        }
      }
      return { rows, movedAside, stillMissing };
    });
}

function begin({ timezone }: Place, given: string): number {
  return isDay(given) ? startOfDay(timezone, given) : Date.parse(given);
}

function end({ timezone }: Place, given: string): number {
  return isDay(given) ? endOfDay(timezone, given) : Date.parse(given);
}

/** Those of `due` that one of the day's files lacks. */
async function missingHours(
  folder: string,
  place: Place,
  day: string,
  due: readonly number[],
): Promise<number[]> {
  const present = await dayPresence(folder, place, day);
  return due.filter((hour) => !present.hours.has(localHour(place.timezone, hour)));
}

function fill(
  folder: string,
  { name, timezone }: Place,
  measure: Measure,
  day: string,
  observations: readonly Observation[],
  signal: AbortSignal,
) {
  const found = observations.map((observation) => rowOf(measure, observation));
  return changeDayFile(join(folder, dayFile(name, measure, day)), measure, signal, (rows) =>
    withMissingHours(rows, timezone, found),
  );
}
