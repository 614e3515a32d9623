import type { Row } from '../../activities/weather/parquet.ts';

const begin = Date.parse('2026-11-20T00:00:00Z');
const apartMs = 1_000;

/** A row of a wind file that tells its number by its time and by its values. */
export function numberedRow(number: number): Row {
  return {
    time: begin + number * apartMs,
    values: { speed: number / 4, deg: number % 361, gust: number % 3 === 0 ? null : number / 2 },
    provider: number % 5 === 0 ? 'open-meteo' : 'openweather',
  };
}

/** The numbers of rows. Throws where one is not what it was when it was made. */
export function numbersOf(rows: readonly Row[]): number[] {
  return rows.map((row) => {
    const number = (row.time - begin) / apartMs;
    if (JSON.stringify(row) !== JSON.stringify(numberedRow(number)))
      throw new Error(`Row ${number} is another: ${JSON.stringify(row)}`);
    return number;
  });
}
