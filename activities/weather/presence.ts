import { hourMs, hoursOfDay, localDay, localHour } from '../../model/local-hour.ts';
import type { Place } from '../../model/weather.ts';
import { measureNames } from '../../model/weather.ts';
import { dayFileOf, readDayFile } from './read-day-file.ts';
import { hoursIn } from './rows.ts';

/** The presence of rows in both files of a place's day; times are milliseconds since 1970. */
export interface DayPresence {
  /** The start times of the hours in which both files have a row. */
  readonly hours: ReadonlySet<number>;
  /** The last row's time in the file that ends earlier; undefined when a file has no row. */
  readonly last: number | undefined;
}

/** Reads both files of the day. A missing or damaged file counts as empty. */
export async function dayPresence(folder: string, place: Place, day: string): Promise<DayPresence> {
  const files = await Promise.all(
    measureNames.map((measure) => readDayFile(dayFileOf(folder, place.name, measure, day))),
  );
  const [first, ...others] = files.map((rows) => hoursIn(rows, place.timezone));
  const lasts = files.map((rows) => rows.at(-1)?.time);
  return {
    hours: new Set([...first!].filter((hour) => others.every((hours) => hours.has(hour)))),
    last: lasts.some((last) => last === undefined) ? undefined : Math.min(...(lasts as number[])),
  };
}

/** How complete a day of a place is. */
export interface PlaceDay {
  readonly place: string;
  readonly day: string;
  /** The number of hours present in both files. */
  readonly hours: number;
  /** The number of the day's hours that have begun. */
  readonly of: number;
  /** The time of the last observation (ISO 8601). */
  readonly last: string | null;
}

/** How complete the last `days` days of the places are: by place, the newest day first. `now` is in ms since 1970. */
export async function weatherPresence(
  folder: string,
  places: readonly Place[],
  days: number,
  now: number,
): Promise<PlaceDay[]> {
  const presence: PlaceDay[] = [];
  for (const place of places) {
    for (let back = 0; back < days; back++) {
      const day = localDay(place.timezone, now - back * 24 * hourMs);
      const begun = hoursOfDay(place.timezone, day).filter((hour) => localHour(place.timezone, hour) <= now);
      const { hours, last } = await dayPresence(folder, place, day);
      presence.push({
        place: place.name,
        day,
        hours: begun.filter((hour) => hours.has(localHour(place.timezone, hour))).length,
        of: begun.length,
        last: last === undefined ? null : new Date(last).toISOString(),
      });
    }
  }
  return presence;
}
