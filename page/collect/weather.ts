import { stat } from 'node:fs/promises';
import type { Row } from '../../activities/weather/parquet.ts';
import { dayFileOf, readDayFile } from '../../activities/weather/read-day-file.ts';
import { concurrently } from '../../model/concurrently.ts';
import { hourMs, hoursOfDay, localDay, localHour } from '../../model/local-hour.ts';
import { originOf } from '../../model/weather.ts';
import type { Measure, Place, WeatherConfig } from '../../model/weather.ts';
import type { PlaceWeather, WeatherDay, WeatherHour } from '../page-data.ts';

const daysShown = 7;
const filesAtOnce = 8;

/** The rows of files that have not changed since they were read, by path. */
export type ReadFiles = Map<string, { readonly state: string; readonly rows: readonly Row[] }>;

/**
 * The last seven days of each place, from its files. `now` is in milliseconds since 1970. Throws when the folder is not
 * there, as on a worker that does not mount it.
 */
export async function readWeather(
  config: WeatherConfig,
  now: number,
  read: ReadFiles,
): Promise<PlaceWeather[]> {
  const { folder, places, provider, history } = config;
  await stat(folder).catch(() => {
    throw new Error(`The weather folder ${folder} is not there where this page is made.`);
  });
  const before = new Map(read);
  read.clear();
  return concurrently(places, 1, async (place) => ({
    ...(await placeWeather(folder, place, provider, now, { before, read })),
    origin: originOf(config),
    hasHistory: history !== undefined,
  }));
}

/** The files of the last time, and those of this time: no other is remembered. */
interface Files {
  readonly before: ReadFiles;
  readonly read: ReadFiles;
}

async function placeWeather(
  folder: string,
  place: Place,
  provider: string,
  now: number,
  files: Files,
): Promise<Omit<PlaceWeather, 'origin' | 'hasHistory'>> {
  const { name, timezone } = place;
  // One day more than is shown: without any hour in it, the place is new, and what was before its first hour is not missing.
  const days = Array.from({ length: daysShown + 1 }, (_, back) =>
    localDay(timezone, now - back * 24 * hourMs),
  );
  const byDay = await concurrently(days, filesAtOnce, async (day) => ({
    temperature: byHour(timezone, await rowsOf(folder, name, 'temperature', day, files)),
    wind: byHour(timezone, await rowsOf(folder, name, 'wind', day, files)),
  }));
  const first = Math.min(
    ...byDay.flatMap(({ temperature, wind }) => [...temperature.keys(), ...wind.keys()]),
  );
  const hours: WeatherHour[] = [];
  const shown = days.slice(0, daysShown).map((day, at): WeatherDay => {
    const { temperature, wind } = byDay[at]!;
    const begun = hoursOfDay(timezone, day)
      .map((hour) => localHour(timezone, hour))
      .filter((hour) => hour <= now && hour >= first);
    const isPresent = (hour: number) => temperature.has(hour) && wind.has(hour);
    const isFilled = (hour: number) => [temperature, wind].some((rows) => isOther(rows.get(hour), provider));
    for (const hour of begun) {
      const [warm, blown] = [temperature.get(hour), wind.get(hour)];
      hours.push({
        at: warm?.time ?? blown?.time ?? hour,
        filled: isFilled(hour),
        temp: warm?.values['temp'] ?? null,
        min: warm?.values['temp_min'] ?? null,
        max: warm?.values['temp_max'] ?? null,
        speed: blown?.values['speed'] ?? null,
        degrees: blown?.values['deg'] ?? null,
      });
    }
    return {
      day,
      of: begun.length,
      present: begun.filter(isPresent).length,
      filled: begun.filter(isFilled).length,
      missing: begun.filter((hour) => !isPresent(hour)),
    };
  });
  const known = shown.filter(({ of }) => of > 0);
  return {
    place: name,
    timezone,
    ...(known.length > 0 && known.length < daysShown && { since: first }),
    days: known,
    hours: hours.sort((a, b) => a.at - b.at),
  };
}

function byHour(timezone: string, rows: readonly Row[]): ReadonlyMap<number, Row> {
  return new Map(rows.map((row) => [localHour(timezone, row.time), row]));
}

/** Whether another provider's history filled the hour. */
function isOther(row: Row | undefined, provider: string): boolean {
  return row !== undefined && row.provider !== provider;
}

async function rowsOf(
  folder: string,
  place: string,
  measure: Measure,
  day: string,
  { before, read }: Files,
): Promise<readonly Row[]> {
  const file = dayFileOf(folder, place, measure, day);
  const found = await stat(file.path).catch(() => undefined);
  if (!found) return [];
  const state = `${found.mtimeMs} ${found.size}`;
  const known = before.get(file.path);
  const rows = known?.state === state ? known.rows : await readDayFile(file);
  read.set(file.path, { state, rows });
  return rows;
}
