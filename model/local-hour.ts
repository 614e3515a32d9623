/** All instants in this file are milliseconds since 1970, and hours are those of a place's own clock. */

export const hourMs = 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (!format) {
    const digits = '2-digit';
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: digits,
      day: digits,
      hour: digits,
      minute: digits,
      second: digits,
    });
    formats.set(timezone, format);
  }
  return format;
}

/** Whether a time zone of that name exists, for example `Europe/Minsk`. */
export function isTimezone(name: string): boolean {
  // The first format of a process costs ten times as much as this list, which lacks aliases.
  if (Intl.supportedValuesOf('timeZone').includes(name)) return true;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The place's clock time at the instant, expressed as the UTC instant with the same clock time. */
export function localTime(timezone: string, instant: number): number {
  const parts = Object.fromEntries(
    formatOf(timezone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>;
  const { year, month, day, hour, minute, second } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The place's day at the instant: `2026-11-24`. */
export function localDay(timezone: string, instant: number): string {
  return new Date(localTime(timezone, instant)).toISOString().slice(0, 10);
}

/**
 * The beginning of the place's hour that contains the instant. When clocks are set back, the two hours of the same name are
 * two different hours; the hour skipped in spring does not exist. In a zone with a half-hour offset, hours begin at half
 * past a UTC hour.
 */
export function localHour(timezone: string, instant: number): number {
  const sinceHour = ((localTime(timezone, instant) % hourMs) + hourMs) % hourMs;
  return instant - (instant % 1_000) - sinceHour;
}

/** The whole UTC hours within the place's day, one in each of its hours: 24, or 23 or 25 when clocks change. */
export function hoursOfDay(timezone: string, day: string): number[] {
  const noon = Date.parse(`${day}T12:00:00Z`);
  const around = Array.from({ length: 56 }, (_, at) => noon + (at - 28) * hourMs);
  return around.filter((instant) => localDay(timezone, instant) === day);
}

/** The place's days from the day of `from` to the day of `to`, both included. */
export function daysBetween(timezone: string, from: number, to: number): string[] {
  const last = Date.parse(localDay(timezone, to));
  const days: string[] = [];
  for (let day = Date.parse(localDay(timezone, from)); day <= last; day += 24 * hourMs)
    days.push(new Date(day).toISOString().slice(0, 10));
  return days;
}

/** Whether the text is an existing day in the form `2026-11-24`. */
export function isDay(text: string): boolean {
  const midnight = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  // The 31st of February would be read as a day in March.
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(text);
}

/** The beginning of the place's day. */
export function startOfDay(timezone: string, day: string): number {
  return localHour(timezone, hoursOfDay(timezone, day)[0]!);
}

/** The end of the place's day: the beginning of the next. */
export function endOfDay(timezone: string, day: string): number {
  return localHour(timezone, hoursOfDay(timezone, day).at(-1)!) + hourMs;
}
