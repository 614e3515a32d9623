import { join } from 'node:path';
import { hourMs, hoursOfDay, localDay, localHour } from '../../model/local-hour.ts';
import type { Place } from '../../model/weather.ts';
import { dayFile, measureNames } from '../../model/weather.ts';
import { lookAtDayFile } from './day-file.ts';
import { hoursIn } from './rows.ts';

/** What a place's two files of a day hold. */
export interface DayPresence {
  /** The beginnings of the hours that both files have a row of. */
  readonly hours: ReadonlySet<number>;
  /** The time of the last row (ms) that both have come to; undefined without one. */
  readonly last: number | undefined;
}

/** Reads both files of the day; one that does not exist or cannot be read has nothing. */
export async function dayPresence(folder: string, place: Place, day: string): Promise<DayPresence> {
  const files = await Promise.all(
    measureNames.map((measure) => lookAtDayFile(join(folder, dayFile(place.name, measure, day)), measure)),
  );
  const [first, ...others] = files.map((rows) => hoursIn(rows, place.timezone));
  const lasts = files.map((rows) => rows.at(-1)?.time);
  return {
    hours: new Set([...first!].filter((hour) => others.every((hours) => hours.has(hour)))),
    last: lasts.some((last) => last === undefined) ? undefined : Math.min(...(lasts as number[])),
  };
}

export interface PlaceDay {
  readonly place: string;
  readonly day: string;
  /** Of the day's hours that have begun, how many are there, and how many could be. */
  readonly hours: number;
  readonly of: number;
  /** The last observation (ISO 8601). */
  readonly last: string | null;
}

/** How complete the last `days` days of the places are, the newest first. `now` in ms. */
export async function weatherPresence(
  folder: string,
  places: readonly Place[],
  days: number,
  now: number,
): Promise<PlaceDay[]> {
  const found: PlaceDay[] = [];
  for (const place of places) {
    for (let back = 0; back < days; back++) {
      const day = localDay(place.timezone, now - back * 24 * hourMs);
      const begun = hoursOfDay(place.timezone, day).filter((hour) => localHour(place.timezone, hour) <= now);
      const { hours, last } = await dayPresence(folder, place, day);
      found.push({
        place: place.name,
        day,
        hours: begun.filter((hour) => hours.has(localHour(place.timezone, hour))).length,
        of: begun.length,
        last: last === undefined ? null : new Date(last).toISOString(),
      });
    }
  }
  return found;
}
