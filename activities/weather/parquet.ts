import { DamagedFile } from './damaged-file.ts';
import { hasValidDigest, keyPrefix } from './digest.ts';
import { parseIsolated } from './isolated-parser.ts';
import { parseParquet } from './parquet-parser.ts';
import type { ParsedFile } from './parquet-parser.ts';
import { parseTime } from './parse-time.ts';
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
  /** Something in the file is not in `rows`: a column that Tidehouse does not write, or a row without a time. */
  readonly leavesOut: boolean;
}

/** The column of the rows' times. */
export const timeColumn = 'datetime';

/** The key of the metadata under which the providers of the rows stand. */
export const providersKey = `${keyPrefix}providers`;

/**
 * The content of a file. Files of an earlier system can be read: times in any form that `parseTime` knows, columns in any
 * order, case and type, repeated times (the last row counts). Throws a DamagedFile. Bytes without a valid Tidehouse digest are
 * parsed in a separate process.
 */
export async function decode(columns: readonly string[], file: Buffer): Promise<Content> {
  const ours = hasValidDigest(file);
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
  const parsed = await (ours ? parseParquet(bytes) : parseIsolated(bytes));
  if (parsed.createdBy === undefined || parsed.rowCount !== parsed.rows.length)
    throw new DamagedFile('its metadata does not match its rows');
  const { rows, leavesOut } = rowsOf(parsed, columns);
  return { rows, foreign: !ours, leavesOut };
}

/** The names under which others keep the times of rows; the last two are those of an index of pandas. */
const timeColumns = [timeColumn, 'dt', 'timestamp', 'time', 'index', '__index_level_0__'];

function rowsOf(parsed: ParsedFile, columns: readonly string[]): Pick<Content, 'rows' | 'leavesOut'> {
  const named = (wanted: string) =>
    parsed.columns.includes(wanted) ? wanted : parsed.columns.find((name) => plain(name) === wanted);
  const nameOfTime = timeColumns.map(named).find((name) => name !== undefined);
  const names = columns.map((column) => [column, named(column)] as const);
  const byTime = new Map<number, Row['values']>();
  let readable = 0;
  for (const row of parsed.rows) {
    const time = nameOfTime === undefined ? undefined : parseTime(row[nameOfTime]);
    if (time === undefined) continue;
    readable++;
    const values = names.map(
      ([column, name]) => [column, name === undefined ? null : numberOf(column, row[name])] as const,
    );
    byTime.set(time, Object.fromEntries(values));
  }
  if (readable === 0 && parsed.rows.length > 0)
    throw new DamagedFile(`no value of its column ${timeColumn} is a time`);
  const providerAt = providerLookup(parseProviderRanges(parsed.metadata[providersKey]));
  const known = new Set([nameOfTime, ...names.map(([, name]) => name)]);
  return {
    rows: [...byTime]
      .sort(([a], [b]) => a - b)
      .map(([time, values]) => ({ time, values, provider: providerAt(time) })),
    leavesOut: readable < parsed.rows.length || parsed.columns.some((name) => !known.has(name)),
  };
}

/** A column's name as others may write it: `Feels Like`, `TEMP_MIN`. */
function plain(name: string): string {
  return name.trim().toLowerCase().replaceAll(/[ -]/g, '_');
}

function numberOf(column: string, value: unknown): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' && /^\s*(nan|none|null|-|)\s*$/i.test(value)) return null;
  const number = typeof value === 'bigint' || typeof value === 'string' ? Number(value) : value;
  if (typeof number === 'number' && !(typeof value === 'string' && Number.isNaN(number)))
    // The writer does not preserve -0, which some tools produce by rounding.
    return Number.isNaN(number) ? null : number + 0;
  throw new DamagedFile(`a value of its column ${column} is not a number`);
}
