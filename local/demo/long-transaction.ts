import type { ClientBase } from 'pg';
import { flipSuccess } from './corrections.ts';
import { payIn, recordEventsIn, startSession } from './visits.ts';
import { below } from './random.ts';
import type { Random } from './random.ts';

/** A transaction that is open. */
export interface LongTransaction {
  /** Writes some more or, at its last beat, commits: then the answer is true. */
  beat(): Promise<boolean>;
}

/**
 * Begins a transaction that commits four to nine beats later. Meanwhile others begin after it and commit before it: its
 * rows then appear with timestamps that a reader of the latest ones has long passed. It writes to rows that nobody else
 * waits for, its own and one transaction, so that life beside it goes on.
 */
export async function beginLongTransaction(client: ClientBase, random: Random): Promise<LongTransaction> {
  let left = 4 + below(6, random);
  await client.query('begin');
  const session = await startSession(client, random);
  await recordEventsIn(client, session, random);
  await flipSuccess(client, random);
  return {
    async beat() {
      left -= 1;
      if (left > 0) {
        if (random() < 0.5) await recordEventsIn(client, session, random);
        return false;
      }
      await payIn(client, session, random);
      await client.query('commit');
      return true;
    },
  };
}
