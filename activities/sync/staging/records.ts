import { createReadStream } from 'node:fs';

/** A record of a staged file, as its bytes with their line break. */
export interface StagedRecord {
  /** The line of the file in which it begins, from 1; the header is in the first. */
  readonly line: number;
  readonly bytes: Buffer;
}

const quote = 0x22;
const lineFeed = 0x0a;

/**
 * The records of a staged file, its header included, byte for byte: a parser would not keep the difference between null and
 * an empty text. Only a quote begins or ends what a line break does not.
 */
export async function* stagedRecords(path: string): AsyncGenerator<StagedRecord> {
  let pending: Buffer[] = [];
  let quoted = false;
  let line = 1;
  let lines = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (chunk[at] === quote) quoted = !quoted;
      if (chunk[at] !== lineFeed) continue;
      lines++;
      if (quoted) continue;
      yield { line, bytes: Buffer.concat([...pending, chunk.subarray(start, at + 1)]) };
      pending = [];
      start = at + 1;
      line = lines + 1;
    }
    if (start < chunk.length) pending.push(Buffer.from(chunk.subarray(start)));
  }
}
