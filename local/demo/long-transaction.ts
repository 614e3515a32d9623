import type { ClientBase } from 'pg';
import { flipSuccess } from './corrections.ts';
import { payIn, recordEventsIn, startSession } from './visits.ts';
import { below } from './random.ts';
import type { Random } from './random.ts';

/** An open transaction. */
export interface LongTransaction {
  /** Writes more rows or, at the last tick, commits and returns true. */
  tick(): Promise<boolean>;
}

/**
 * Begins a transaction that commits four to nine ticks later. Others begin after it and commit before it, so its rows appear
 * with older timestamps than a cursor has already read. It writes only its own rows and one of the bank's transactions, for
 * which no other change waits.
 */
export async function beginLongTransaction(client: ClientBase, random: Random): Promise<LongTransaction> {
  let left = 4 + below(6, random);
  await client.query('begin');
  const session = await startSession(client, random);
  await recordEventsIn(client, session, random);
  await flipSuccess(client, random);
  return {
    async tick() {
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
