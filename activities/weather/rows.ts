import { isDeepStrictEqual } from 'node:util';
import { localHour } from '../../model/local-hour.ts';
import type { Measure, Observation, Provider } from '../../model/weather.ts';
import { measures } from '../../model/weather.ts';
import type { Row } from './parquet.ts';

/** The row of an observation in the file of a measure. A service may report -0.0, which becomes 0. */
export function rowOf(measure: Measure, { time, provider, values }: Observation): Row {
  const columns = measures[measure].columns.map(
    (column) => [column, values[column] === 0 ? 0 : values[column]] as const,
  );
  return { time: Date.parse(time), provider, values: Object.fromEntries(columns) };
}

/**
 * The rows with `row` in place of any row of the same time; the same array when they already have it, or have a measured
 * one where `row` comes from a model.
 */
export function withObservation(rows: readonly Row[], row: Row): readonly Row[] {
  const same = rows.find(({ time }) => time === row.time);
  if (same && (isDeepStrictEqual(same, row) || (isModelled(row) && !isModelled(same)))) return rows;
  return [...rows.filter((each) => each !== same), row];
}

/** Open-Meteo computes the weather of a place; everybody else measures it. */
function isModelled({ provider }: Row): boolean {
  return provider === ('open-meteo' satisfies Provider);
}

/** The rows, and those of `found` whose hour, on the place's clock, has no row yet. No row is replaced. */
export function withMissingHours(
  rows: readonly Row[],
  timezone: string,
  found: readonly Row[],
): readonly Row[] {
  const present = hoursIn(rows, timezone);
  const missing = found.filter((row) => hasValue(row) && !present.has(localHour(timezone, row.time)));
  return missing.length > 0 ? [...rows, ...missing] : rows;
}

function hasValue({ values }: Row): boolean {
  return Object.values(values).some((value) => value !== null);
}

/** The start times (ms) of the hours, on the place's clock, that have a row. */
export function hoursIn(rows: readonly Row[], timezone: string): ReadonlySet<number> {
  return new Set(rows.map(({ time }) => localHour(timezone, time)));
}
