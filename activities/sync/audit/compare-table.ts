import type { Client } from 'pg';
import type { Audited, Reached } from '../warehouse/audits.ts';
import { compareRows } from './compare-rows.ts';
import { hashedRows } from './hashed-rows.ts';
import type { Side } from './sides.ts';
import type { Buckets } from './statements.ts';
import { bucketCount, bucketsStatement, rowsOfBucketsStatement } from './statements.ts';

/** One side of a comparison, and the connection to it, within a transaction that has one snapshot. */
export interface OpenSide {
  readonly client: Client;
  readonly side: Side;
  /** Throws an error of this side as a failure that says which side it is. */
  readonly failed: (error: unknown) => never;
}

/** What is known of a table before it is compared. */
export interface Known {
  /** How many rows of it clean has landed. */
  readonly rows: number;
  /** Whether both servers store text as UTF8. */
  readonly utf8: boolean;
  /** The keys, as text, of its rows that the warehouse refuses. */
  readonly quarantined: ReadonlySet<string>;
  /** The whole table in clean, when a range of its keys is compared. */
  readonly whole?: Side;
  /** Where that range ends, unless it is the last. */
  readonly reached?: Reached | undefined;
}

/**
 * Compares a table at its source with clean: bucket by bucket, and row by row where buckets differ. Rows that have been
 * written since the position are left out, because the next landing brings them, and so are those in quarantine. In
 * constant memory; each side reads the table once, and once more what differs.
 */
export async function compareTable(
  source: OpenSide,
  clean: OpenSide,
  { rows, utf8, quarantined, whole, reached }: Known,
): Promise<Audited> {
  const buckets: Buckets = { count: bucketCount(rows), utf8 };
  const [ours, theirs] = await Promise.all([readBuckets(source, buckets), readBuckets(clean, buckets)]);
  const compared = [...theirs.values()].reduce((sum, bucket) => sum + bucket.rows, 0);
  const differing = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
    (number) => !isSame(ours.get(number), theirs.get(number)),
  );
  const end = reached ? { reached } : {};
  if (differing.length === 0) return { compared, missing: 0, different: 0, surplus: 0, ...end };
  const rowsOf = ({ client, side, failed }: OpenSide) =>
    hashedRows(client, rowsOfBucketsStatement(side, buckets, differing), failed);
  const { missing, different, surplus } = await compareRows(rowsOf(source), rowsOf(clean), quarantined);
  const all = whole && surplus > 0 ? await countRows(clean, whole) : compared;
  return { compared, missing, different, surplus: withoutDeleted(surplus, all - rows + missing), ...end };
}

/**
 * Among the rows that the source lacks are those deleted there since the position, which the next landing deletes. The others
 * are what clean has more than was landed, after what it lacks has been added.
 */
function withoutDeleted(surplus: number, added: number): number {
  return Math.min(surplus, Math.max(0, added));
}

async function countRows({ client, failed }: OpenSide, { from, where }: Side): Promise<number> {
  const { rows } = await client
    .query<{ count: string }>(`select count(*) from ${from} where ${where}`)
    .catch(failed);
  return Number(rows[0]!.count);
}

interface Bucket {
  readonly rows: number;
  readonly hash: string;
}

async function readBuckets(
  { client, side, failed }: OpenSide,
  buckets: Buckets,
): Promise<ReadonlyMap<string, Bucket>> {
  const { rows } = await client
    .query<Record<'bucket' | 'rows' | 'hash', string>>(bucketsStatement(side, buckets))
    .catch(failed);
  return new Map(rows.map(({ bucket, rows: count, hash }) => [bucket, { rows: Number(count), hash }]));
}

function isSame(a: Bucket | undefined, b: Bucket | undefined): boolean {
  return a !== undefined && a.rows === b?.rows && a.hash === b.hash;
}
