import type { Client } from 'pg';
import type { Side } from './sides.ts';

/** How the rows of a table are divided: by the hash of their key, into a power of two of buckets. */
export interface Buckets {
  readonly count: number;
  /** Whether both servers store text as UTF8: then a faster hash of its bytes is the same on both sides. */
  readonly utf8: boolean;
}

/** A bucket of about so many rows differs as a whole, and is then read row by row. */
const rowsPerBucket = 1_000;
const maxBuckets = 2 ** 16;

/** The number of buckets for a table of `rows` rows. */
export function bucketCount(rows: number): number {
  const wanted = Math.max(1, rows / rowsPerBucket);
  return Math.min(maxBuckets, 2 ** Math.ceil(Math.log2(wanted)));
}

/** Selects of each bucket the count of its rows and the sum of their hashes. */
export function bucketsStatement(side: Side, buckets: Buckets): string {
  return `select bucket, count(*) as rows, sum(hash) as hash from (${hashedRows(side, buckets)}) hashed group by bucket`;
}

/**
 * Selects the rows of some buckets: the hash of each row and the text of its key, in an order that is the same on both
 * sides.
 */
export function rowsOfBucketsStatement(side: Side, buckets: Buckets, numbers: readonly string[]): string {
  return `select key_hash, key, hash, swept from (${hashedRows(side, buckets)}) hashed
    where bucket = any ('{${numbers.join(',')}}') order by key_hash, key collate "C"`;
}

function hashedRows(side: Side, { count, utf8 }: Buckets): string {
  const [hash, keyHash] = [hashOf(valuesOf(side.columns), utf8), hashOf(textOf(side.key), utf8)];
  return `select ${keyHash} as key_hash, ${keyHash} & ${count - 1} as bucket, ${textOf(side.key)} as key, ${hash} as hash, ${side.swept} as swept
    from ${side.from} where ${side.where}`;
}

/** A row as text: that of each value as it is shown, not cast, which would strip the blanks of a char(5). */
function textOf(expressions: readonly string[]): string {
  return `row(${expressions.join(', ')})::text`;
}

/** A function takes at most 100 arguments. */
const columnsPerCall = 45;

/**
 * The values of a row as they are shown, each behind a separator, and a mark for null. It is shorter than the row's text, and made in
 * half the time.
 */
function valuesOf(expressions: readonly string[]): string {
  const calls: string[] = [];
  for (let at = 0; at < expressions.length; at += columnsPerCall) {
    const values = expressions
      .slice(at, at + columnsPerCall)
      .map((value) => `${value}, case when ${value} is null then E'\\x1e' end`);
    calls.push(`concat_ws(E'\\x1f', ${values.join(', ')})`);
  }
  return `(${calls.join(` || E'\\x1f' || `)})`;
}

function hashOf(text: string, utf8: boolean): string {
  if (utf8) return `hashtextextended(${text} collate "C", 0)`;
  return `('x' || left(md5(convert_to(${text}, 'UTF8')), 16))::bit(64)::bigint`;
}

/** Whether the server of `client` stores text as UTF8. */
export async function storesUtf8(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ encoding: string }>(
    `select current_setting('server_encoding') as encoding`,
  );
  return rows[0]!.encoding === 'UTF8';
}
