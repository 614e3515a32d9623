import { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { isDate } from 'node:util/types';
import { ParquetSchema, ParquetWriter } from 'parquetjs-lite';
import { DamagedFile } from './damaged-file.ts';
import { digestKey, emptyDigest, hasValidDigest, keyPrefix, writeDigest } from './digest.ts';
import { parseIsolated } from './isolated-parser.ts';
import { parseParquet } from './parquet-parser.ts';
import type { ParsedFile } from './parquet-parser.ts';
import { parseProviderRanges, providerLookup, providerRanges } from './provider-ranges.ts';

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

const timeColumn = 'datetime';
const providersKey = `${keyPrefix}providers`;

/**
 * Encodes rows as a file: `datetime` as UTC milliseconds, the columns as doubles; the providers of the rows and a digest of
 * the whole file in the metadata. The bytes are read back with another library; throws when the rows differ.
 */
export async function encode(columns: readonly string[], rows: readonly Row[]): Promise<Buffer> {
  const file = await write(columns, rows).catch((error: unknown) => {
    // The writer throws strings.
    throw error instanceof Error ? error : new Error(String(error));
  });
  writeDigest(file);
  const back = await decode(columns, file);
  if (back.foreign || !isDeepStrictEqual(back.rows, rows))
    throw new Error('The encoded Parquet file has different rows when read back; the file was not written.');
  return file;
}

async function write(columns: readonly string[], rows: readonly Row[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const memory = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const schema = new ParquetSchema({
    [timeColumn]: { type: 'TIMESTAMP_MILLIS', compression: 'SNAPPY' },
    ...Object.fromEntries(
      columns.map((name) => [name, { type: 'DOUBLE', optional: true, compression: 'SNAPPY' } as const]),
    ),
  });
  const writer = await ParquetWriter.openStream(schema, memory, { rowGroupSize: 10_000, pageIndex: false });
  writer.setMetadata(providersKey, JSON.stringify(providerRanges(rows)));
  writer.setMetadata(digestKey, emptyDigest);
  for (const { time, values } of rows)
    await writer.appendRow({ [timeColumn]: new Date(time), ...withoutNulls(values) });
  await writer.close();
  return Buffer.concat(chunks);
}

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

function withoutNulls(values: Row['values']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== null),
  );
}

/** The time of a value in ms since 1970. A time as text has no zone and means UTC. */
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
