import type { Client } from 'pg';
import type { HashedRow } from './compare-rows.ts';

const portion = 10_000;

/** The rows of `statement` (see `rowsOfBucketsStatement`), read in portions within the current transaction. */
export async function* hashedRows(
  client: Client,
  statement: string,
  failed: (error: unknown) => never,
): AsyncGenerator<HashedRow, undefined> {
  await client.query(`declare hashed_rows no scroll cursor for ${statement}`).catch(failed);
  for (;;) {
    const { rows } = await client
      .query<Record<'key_hash' | 'key' | 'hash' | 'swept', string>>(`fetch ${portion} from hashed_rows`)
      .catch(failed);
    for (const { key_hash, key, hash, swept } of rows)
      yield { keyHash: BigInt(key_hash), key, hash, swept: swept === 't' };
    if (rows.length < portion) break;
  }
  await client.query('close hashed_rows').catch(failed);
  return undefined;
}
