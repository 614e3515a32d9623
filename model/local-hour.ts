/** All instants here are milliseconds since 1970, and an hour is one of a place's own clock. */

export const hourMs = 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (!format) {
    const two = '2-digit';
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
    formats.set(timezone, format);
  }
  return format;
}

/** Whether there is a time zone of that name, for example `Europe/Minsk`. */
export function isTimezone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What a clock at the place shows at the instant, as milliseconds of a UTC that would show the same. */
function localTime(timezone: string, instant: number): number {
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
 * When the place's hour that holds the instant began. The two hours that share a name when clocks are set back are two,
 * and the one left out in spring is none; where a zone is half an hour off, hours begin at half past.
 */
export function localHour(timezone: string, instant: number): number {
  const sinceHour = ((localTime(timezone, instant) % hourMs) + hourMs) % hourMs;
  return instant - (instant % 1_000) - sinceHour;
}

/** The whole hours of UTC that lie in the place's day, one in each hour of it: 24, or 23 or 25 when clocks change. */
export function hoursOfDay(timezone: string, day: string): number[] {
  const noon = Date.parse(`${day}T12:00:00Z`);
  const around = Array.from({ length: 56 }, (_, at) => noon + (at - 28) * hourMs);
  return around.filter((instant) => localDay(timezone, instant) === day);
}

/** The days of the place from the one of `from` to the one of `to`, both included. */
export function daysBetween(timezone: string, from: number, to: number): string[] {
  const last = Date.parse(localDay(timezone, to));
  const days: string[] = [];
  for (let day = Date.parse(localDay(timezone, from)); day <= last; day += 24 * hourMs)
    days.push(new Date(day).toISOString().slice(0, 10));
  return days;
}

/** Whether the text is a day: `2026-11-24`. */
export function isDay(text: string): boolean {
  const midnight = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  // A 31st of February is read as one of March.
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(text);
}

/** When the place's day began (ms). */
export function startOfDay(timezone: string, day: string): number {
  return localHour(timezone, hoursOfDay(timezone, day)[0]!);
}

/** When the place's day ended (ms). */
export function endOfDay(timezone: string, day: string): number {
  return localHour(timezone, hoursOfDay(timezone, day).at(-1)!) + hourMs;
}
