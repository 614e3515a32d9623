import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetMetadataAsync } from 'hyparquet';
import { decode } from '../../activities/weather/parquet.ts';
import type { Row } from '../../activities/weather/parquet.ts';
import { measures } from '../../model/weather.ts';
import type { Measure, Observation } from '../../model/weather.ts';

/** An observation at `time`, with values that differ from minute to minute. */
export function observationAt(time: string, change: Partial<Observation['values']> = {}): Observation {
  const minute = Math.floor(Date.parse(time) / 60_000);
  const temp = (minute % 300) / 10;
  return {
    time: new Date(time).toISOString(),
    provider: 'openweather',
    values: {
      ...{ temp, feels_like: temp - 1.5, temp_min: temp, temp_max: temp, pressure: 1_000 + (minute % 40) },
      ...{ speed: (minute % 100) / 7, deg: minute % 361, gust: null },
      ...change,
    },
  };
}

/** The rows of a file. Throws when it is damaged or missing. */
export async function rowsOf(path: string, measure: Measure): Promise<readonly Row[]> {
  return (await decode(measures[measure].columns, await readFile(path))).rows;
}

/** The times of a file's rows, without milliseconds: `2026-11-24T13:46:03Z`. */
export async function timesOf(path: string, measure: Measure): Promise<string[]> {
  return (await rowsOf(path, measure)).map(({ time }) => new Date(time).toISOString().replace('.000Z', 'Z'));
}

/** The providers of a file's rows, from its metadata. */
export async function providersOf(path: string): Promise<unknown> {
  const bytes = await readFile(path);
  const metadata = await parquetMetadataAsync(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  );
  const note = metadata.key_value_metadata?.find(({ key }) => key === 'tidehouse.providers');
  return JSON.parse(note?.value ?? 'null');
}

/** All files below a folder, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** A stamp of each file below the folder, which changes when the file is written again. */
export async function stampsOf(folder: string): Promise<Record<string, string>> {
  const stamps = (await filesBelow(folder)).map(async (file) => {
    const { ino, mtimeNs, size } = await stat(join(folder, file), { bigint: true });
    return [file, `${ino} ${mtimeNs} ${size}`] as const;
  });
  return Object.fromEntries(await Promise.all(stamps));
}
