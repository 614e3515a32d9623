import type { DayFile } from '../../activities/weather/read-day-file.ts';
import type { Row } from '../../activities/weather/parquet.ts';

const begin = Date.parse('2026-11-20T00:00:00Z');
const intervalMs = 1_000;

/** A wind file at `path`, for functions that take a day's file. */
export function windFile(path: string): DayFile {
  return { path, place: 'minsk', measure: 'wind' };
}

/** A row of a wind file whose time and values are derived from its number. */
export function numberedRow(number: number): Row {
  return {
    time: begin + number * intervalMs,
    values: { speed: number / 4, deg: number % 361, gust: number % 3 === 0 ? null : number / 2 },
    provider: number % 5 === 0 ? 'open-meteo' : 'openweather',
  };
}

/** The numbers of rows. Throws when a row does not match its number. */
export function numbersOf(rows: readonly Row[]): number[] {
  return rows.map((row) => {
    const number = (row.time - begin) / intervalMs;
    if (JSON.stringify(row) !== JSON.stringify(numberedRow(number)))
      throw new Error(`Row ${number} has other values: ${JSON.stringify(row)}`);
    return number;
  });
}
