import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { isDate } from 'node:util/types';
import { ParquetSchema, ParquetWriter } from 'parquetjs-lite';
import { parse, parseApart } from './isolated-parser.ts';

/**
 * One row of a weather file: an instant, its values by column (null where there is none), and who gave them.
 */
export interface Row {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly values: Readonly<Record<string, number | null>>;
  readonly provider: string;
}

/** What a file holds: its rows by time, one for each, and the columns that we do not know how to write. */
export interface Content {
  readonly rows: readonly Row[];
  /** Written by another program, in whatever form: to be written anew in ours. */
  readonly foreign: boolean;
  readonly unknownColumns: readonly string[];
}

/** What a file is when it cannot be read, or is not what it was when it was written. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

const timeColumn = 'datetime';
const keyPrefix = 'tidehouse.';
const providersKey = `${keyPrefix}providers`;
const digestKey = `${keyPrefix}sha256`;
const noDigest = '0'.repeat(64);
const ourWriter = 'parquet.js';
/** Who gave the rows of a file that does not say so. */
const earlier = 'earlier';

/** A stretch of rows that one provider gave; times are ISO 8601. */
interface Stretch {
  readonly provider: string;
  readonly from: string;
  readonly to: string;
  readonly rows: number;
}

/**
 * The file's bytes: `datetime` as UTC milliseconds, the columns as doubles, the providers of the rows and a digest of
 * the whole file in the metadata. It is read back by another library and compared: throws when that finds anything else.
 */
export async function encode(columns: readonly string[], rows: readonly Row[]): Promise<Buffer> {
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
  try {
    const writer = await ParquetWriter.openStream(schema, memory, { rowGroupSize: 10_000, pageIndex: false });
    writer.setMetadata(providersKey, JSON.stringify(stretchesOf(rows)));
    writer.setMetadata(digestKey, noDigest);
    for (const { time, values } of rows)
      await writer.appendRow({ [timeColumn]: new Date(time), ...given(values) });
    await writer.close();
  } catch (error) {
    // It throws strings.
    throw error instanceof Error ? error : new Error(String(error));
  }
  const bytes = Buffer.concat(chunks);
  bytes.write(digestOf(bytes), digestAt(bytes));
  const back = await decode(columns, bytes);
  if (back.foreign || !isDeepStrictEqual(back.rows, rows))
    throw new Error('What was encoded as Parquet reads back as something else; the file was not written.');
  return bytes;
}

/**
 * What the bytes of a file hold. Files of an earlier system are understood: times as text without a zone (UTC), columns
 * in any order and type, a time more than once (the last one counts). Throws DamagedFile.
 */
export async function decode(columns: readonly string[], bytes: Buffer): Promise<Content> {
  const ours = isOurs(bytes);
  try {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const {
      objects,
      columns: all,
      createdBy,
      rows: counted,
      notes,
    } = await (ours ? parse : parseApart)(file);
    const providerAt = providersOf(notes[providersKey]);
    const byTime = new Map<number, Row['values']>();
    for (const object of objects) {
      const time = timeOf(object[timeColumn]);
      const values = Object.fromEntries(columns.map((name) => [name, numberOf(name, object[name])]));
      byTime.set(time, values);
    }
    const rows = [...byTime]
      .sort(([a], [b]) => a - b)
      .map(([time, values]): Row => ({ time, values, provider: providerAt(time) }));
    if (createdBy === undefined || counted !== objects.length)
      throw new DamagedFile('its metadata is not what was written');
    const known = new Set([timeColumn, ...columns]);
    const unknownColumns = all.filter((name) => !known.has(name));
    return { rows, foreign: !ours, unknownColumns };
  } catch (error) {
    if (error instanceof DamagedFile) throw error;
    const { message } = error instanceof Error ? error : { message: String(error) };
    throw new DamagedFile(`it is no Parquet that can be read (${message.split('\n')[0]})`);
  }
}

function given(values: Row['values']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== null),
  );
}

/** A time as text has no zone, and means UTC. */
function timeOf(value: unknown): number {
  const time = isDate(value)
    ? value.getTime()
    : typeof value === 'string' && /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?$/.test(value)
      ? Date.parse(`${value.replace(' ', 'T').replace(/Z$/, '')}Z`)
      : NaN;
  if (Number.isNaN(time)) throw new DamagedFile(`it holds a row whose ${timeColumn} is no time`);
  return time;
}

function numberOf(column: string, value: unknown): number | null {
  if (value === null || value === undefined) return null;
  const number = typeof value === 'bigint' ? Number(value) : value;
  // The writer has no -0, which some tools make by rounding.
  if (typeof number === 'number') return Number.isNaN(number) ? null : number + 0;
  throw new DamagedFile(`its column ${column} holds what is no number`);
}

/**
 * Whether it is we who wrote the file, as it is. Throws DamagedFile when we did, and it has changed since: it is not even
 * parsed then, for a byte of a page's header can make a parser go round forever. One that another tool has written from
 * ours may have our notes, and not our writer's name at its end.
 */
function isOurs(bytes: Buffer): boolean {
  const at = digestAt(bytes);
  if (at >= 0 && bytes.toString('latin1', at, at + noDigest.length) === digestOf(bytes)) return true;
  if (bytes.includes(ourWriter, -64) && bytes.includes(keyPrefix))
    throw new DamagedFile('it is not what was written');
  return false;
}

/** Where the digest stands in the file: after its key, the value's type and its length. Negative without one. */
function digestAt(bytes: Buffer): number {
  const key = bytes.lastIndexOf(digestKey);
  return key < 0 ? key : key + digestKey.length + 2;
}

/** Of the file in which no digest stands yet. */
function digestOf(bytes: Buffer): string {
  const at = digestAt(bytes);
  const hash = createHash('sha256').update(bytes.subarray(0, at)).update(noDigest);
  return hash.update(bytes.subarray(at + noDigest.length)).digest('hex');
}

function stretchesOf(rows: readonly Row[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { time, provider } of rows) {
    const last = stretches.at(-1);
    const at = new Date(time).toISOString();
    if (last?.provider === provider)
      stretches[stretches.length - 1] = { ...last, to: at, rows: last.rows + 1 };
    else stretches.push({ provider, from: at, to: at, rows: 1 });
  }
  return stretches;
}

/** Who gave the row at a time. To be asked in the order of the times, so that each answer begins where the last one was. */
function providersOf(note: string | undefined): (time: number) => string {
  const stretches = note === undefined ? [] : (JSON.parse(note) as Stretch[]);
  const ranges = stretches.map(({ provider, from, to }) => ({
    provider,
    from: Date.parse(from),
    to: Date.parse(to),
  }));
  let at = 0;
  return (time) => {
    while (at < ranges.length && ranges[at]!.to < time) at++;
    const range = ranges[at];
    return range && range.from <= time ? range.provider : earlier;
  };
}
