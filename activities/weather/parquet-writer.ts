import { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { ParquetSchema, ParquetWriter } from 'parquetjs-lite';
import { digestKey, emptyDigest, writeDigest } from './digest.ts';
import type { Row } from './parquet.ts';
import { decode, providersKey, timeColumn } from './parquet.ts';
import { providerRanges } from './provider-ranges.ts';

/**
 * The file's bytes: `datetime` as UTC milliseconds, the columns as doubles; the providers of the rows and a digest of the
 * whole file in the metadata. The bytes are read back by another library: throws when the rows differ.
 */
export async function encode(columns: readonly string[], rows: readonly Row[]): Promise<Buffer> {
  const file = await write(columns, rows).catch((error: unknown) => {
    // The writer throws strings.
    throw error instanceof Error ? error : new Error(String(error));
  });
  writeDigest(file);
  const back = await decode(columns, file);
  if (back.foreign || !isDeepStrictEqual(back.rows, rows))
    throw new Error('The encoded Parquet file reads back with other rows; the file was not written.');
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

function withoutNulls(values: Row['values']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== null),
  );
}
