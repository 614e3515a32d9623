import { isDate } from 'node:util/types';
import { DamagedFile } from './damaged-file.ts';
import { hasValidDigest, keyPrefix } from './digest.ts';
import { parseIsolated } from './isolated-parser.ts';
import { parseParquet } from './parquet-parser.ts';
import type { ParsedFile } from './parquet-parser.ts';
import { parseProviderRanges, providerLookup } from './provider-ranges.ts';

/** One row of a weather file. */
export interface Row {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** By column; null when a value is missing. */
  readonly values: Readonly<Record<string, number | null>>;
  readonly provider: string;
}

/** The content of a file. */
export interface Content {
  /** Sorted by time, one for each time. */
  readonly rows: readonly Row[];
  /** Another program wrote the file, so it has to be rewritten in Tidehouse's format. */
  readonly foreign: boolean;
  /** Columns that Tidehouse does not write. */
  readonly unknownColumns: readonly string[];
}

/** The column of the rows' times. */
export const timeColumn = 'datetime';

/** The key of the metadata under which the providers of the rows stand. */
export const providersKey = `${keyPrefix}providers`;

/**
 * The content of a file. Files of an earlier system can be read: times as text without a zone (UTC), columns in any order
 * and of any type, repeated times (the last row counts). Throws a DamagedFile. Bytes without a valid Tidehouse digest are
 * parsed in a separate process.
 */
export async function decode(columns: readonly string[], file: Buffer): Promise<Content> {
  const ours = hasValidDigest(file);
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
  const parsed = await (ours ? parseParquet(bytes) : parseIsolated(bytes));
  if (parsed.createdBy === undefined || parsed.rowCount !== parsed.rows.length)
    throw new DamagedFile('its metadata does not match its rows');
  const known = new Set([timeColumn, ...columns]);
  return {
    rows: rowsOf(parsed, columns),
    foreign: !ours,
    unknownColumns: parsed.columns.filter((name) => !known.has(name)),
  };
}

function rowsOf(parsed: ParsedFile, columns: readonly string[]): Row[] {
  const byTime = new Map<number, Row['values']>();
  for (const row of parsed.rows) {
    const values = Object.fromEntries(columns.map((name) => [name, numberOf(name, row[name])]));
    byTime.set(timeOf(row[timeColumn]), values);
  }
  const providerAt = providerLookup(parseProviderRanges(parsed.metadata[providersKey]));
  return [...byTime]
    .sort(([a], [b]) => a - b)
    .map(([time, values]) => ({ time, values, provider: providerAt(time) }));
}

/** A time as text has no zone, and means UTC. */
function timeOf(value: unknown): number {
  const time = isDate(value)
    ? value.getTime()
    : typeof value === 'string' && /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?$/.test(value)
      ? Date.parse(`${value.replace(' ', 'T').replace(/Z$/, '')}Z`)
      : NaN;
  if (Number.isNaN(time)) throw new DamagedFile(`a value of its column ${timeColumn} is not a time`);
  return time;
}

function numberOf(column: string, value: unknown): number | null {
  if (value === null || value === undefined) return null;
  const number = typeof value === 'bigint' ? Number(value) : value;
  // The writer does not preserve -0, which some tools produce by rounding.
  if (typeof number === 'number') return Number.isNaN(number) ? null : number + 0;
  throw new DamagedFile(`a value of its column ${column} is not a number`);
}
