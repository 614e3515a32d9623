/** A row of a bucket: the hashes of its key and of its values, and the text of its key. */
export interface HashedRow {
  readonly keyHash: bigint;
  readonly key: string;
  readonly hash: string;
  /** It has been written since the position. */
  readonly swept: boolean;
}

/** What differs between a source and clean, apart from what has changed since the position. */
export interface Differences {
  /** Rows that clean lacks. */
  missing: number;
  different: number;
  /** Rows that the source lacks. Rows deleted since the position are among them. */
  surplus: number;
}

/**
 * Compares the rows of both sides, each in the order of key hash and key, in constant memory. Rows of the source with a key in
 * `quarantined` are not expected in clean.
 */
export async function compareRows(
  source: AsyncIterable<HashedRow, undefined>,
  clean: AsyncIterable<HashedRow, undefined>,
  quarantined: ReadonlySet<string> = new Set(),
): Promise<Differences> {
  const found: Differences = { missing: 0, different: 0, surplus: 0 };
  const [left, right] = [source[Symbol.asyncIterator](), clean[Symbol.asyncIterator]()];
  const next = async (rows: AsyncIterator<HashedRow, undefined>) => {
    const { done, value } = await rows.next();
    return done ? undefined : value;
  };
  const isExpected = ({ key, swept }: HashedRow) => !swept && !quarantined.has(key);
  let [a, b] = [await next(left), await next(right)];
  while (a || b) {
    const order = orderOf(a, b);
    if (order < 0) {
      if (isExpected(a!)) found.missing++;
      a = await next(left);
    } else if (order > 0) {
      found.surplus++;
      b = await next(right);
    } else {
      if (a!.hash !== b!.hash && isExpected(a!)) found.different++;
      [a, b] = [await next(left), await next(right)];
    }
  }
  return found;
}

/** Negative when `a` comes first or is alone, positive when `b` does, 0 when both have the same key. */
function orderOf(a: HashedRow | undefined, b: HashedRow | undefined): number {
  if (!a) return 1;
  if (!b) return -1;
  if (a.keyHash !== b.keyHash) return a.keyHash < b.keyHash ? -1 : 1;
  return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
}
