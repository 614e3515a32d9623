import { isDate } from 'node:util/types';

const day = String.raw`(?<year>\d{4})[-/.]?(?<month>\d\d)[-/.]?(?<day>\d\d)|(?<day2>\d\d)\.(?<month2>\d\d)\.(?<year2>\d{4})`;
const clock = String.raw`(?<hour>\d\d)(?::?(?<minute>\d\d))?(?::?(?<second>\d\d))?(?:[.,](?<fraction>\d+))?`;
const zone = String.raw`(?:Z|UTC|GMT|(?<sign>[+-])(?<zoneHour>\d\d):?(?<zoneMinute>\d\d)?)`;
const text = new RegExp(`^(?:${day})(?:(?:T|\\s+)${clock}\\s*${zone}?)?$`, 'i');

/**
 * The time of a row in milliseconds since 1970, in whatever form an earlier system wrote it: a timestamp; the seconds,
 * milliseconds, microseconds or nanoseconds since 1970, also as text; ISO 8601 or `24.11.2026 10:00`, with or without
 * seconds and an offset; without one it means UTC. Undefined for anything else.
 */
export function parseTime(value: unknown): number | undefined {
  if (isDate(value)) return defined(value.getTime());
  if (typeof value === 'bigint' || typeof value === 'number') return sinceEpoch(Number(value));
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return /^\d{9,19}(\.\d+)?$/.test(trimmed) ? sinceEpoch(Number(trimmed)) : fromText(trimmed);
}

/** The size shows the unit: until the year 5138, seconds have at most eleven digits. */
function sinceEpoch(number: number): number | undefined {
  const size = Math.abs(number);
  const unit = size < 1e11 ? 1_000 : size < 1e14 ? 1 : size < 1e17 ? 1e-3 : 1e-6;
  return defined(Math.round(number * unit));
}

function fromText(value: string): number | undefined {
  const parts = text.exec(value)?.groups;
  if (!parts) return undefined;
  const { year = parts.year2, month = parts.month2, day: date = parts.day2 } = parts;
  const {
    hour = '00',
    minute = '00',
    second = '00',
    fraction = '',
    sign,
    zoneHour = '0',
    zoneMinute = '0',
  } = parts;
  const time = Date.parse(
    `${year}-${month}-${date}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`,
  );
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -60_000 : 60_000);
  return defined(time - offset);
}

function defined(time: number): number | undefined {
  return Number.isNaN(time) || Math.abs(time) > 8.64e15 ? undefined : time;
}
