import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { withConnection } from '../../activities/postgres/connection.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { changes, weights } from './changes.ts';
import type { DemoChange } from './changes.ts';
import { beginLongTransaction } from './long-transaction.ts';
import type { LongTransaction } from './long-transaction.ts';
import type { Change } from './row.ts';
import { weighted } from './random.ts';
import type { Random } from './random.ts';

/** What a life has done so far. */
export interface Lived {
  readonly beats: number;
  /** How often each change was committed. */
  readonly done: Readonly<Record<DemoChange, number>>;
  /** Beats that were refused and rolled back. */
  readonly refused: number;
  /** How often the host could not be reached, or went away. */
  readonly lost: number;
  /** What went wrong last. */
  readonly trouble?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface LifeOptions {
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** The same numbers make the same choices. */
  readonly random?: Random;
  /** Told after each beat and each loss. */
  readonly report?: (lived: Lived) => void;
}

/**
 * Changes a demo host as an application would, one beat every `everyMs`, until `signal` aborts. When the host dies, it
 * tries again, after growing pauses, and goes on. Transactions that are open at the end are dropped. Never rejects.
 */
export async function liveOn(
  source: { readonly name: string; readonly url: string },
  { everyMs, signal, random = Math.random, report = () => undefined }: LifeOptions,
): Promise<Lived> {
  const done = Object.fromEntries(Object.keys(weights).map((name) => [name, 0])) as Record<
    DemoChange,
    number
  >;
  const lived: Mutable<Lived> = { beats: 0, done, refused: 0, lost: 0 };
  const endpoint = { subject: { source: `demo host "${source.name}"` }, url: source.url };
  const timeouts = { ...defaultTimeouts, connectMs: 5_000 };
  let pauseMs = 0;

  const beats = async (client: ClientBase, second: ClientBase): Promise<void> => {
    let long: LongTransaction | undefined;
    for (const each of [client, second]) await each.query(`set lock_timeout = '500ms'`);
    for (;;) {
      const change = weighted(weights, random);
      try {
        if (await long?.beat()) {
          long = undefined;
          done.longTransaction += 1;
        }
        if (change === 'longTransaction') long ??= await beginLongTransaction(second, random);
        else if (await committed(client, changes[change], random)) done[change] += 1;
      } catch (error) {
        // Refused, or the connection is gone: then the rollback fails too, and that ends this loop.
        for (const each of [client, second]) {
          await each.query('rollback').catch(() => {
            throw error;
          });
        }
        long = undefined;
        lived.refused += 1;
        lived.trouble = messageOf(error);
      }
      pauseMs = 0;
      lived.beats += 1;
      report(lived);
      await sleep(everyMs, undefined, { signal });
    }
  };

  for (;;) {
    try {
      await withConnection(endpoint, timeouts, signal, (client) =>
        withConnection(endpoint, timeouts, signal, (second) => beats(client, second)),
      );
    } catch (error) {
      if (signal.aborted) return lived;
      lived.lost += 1;
      lived.trouble = messageOf(error);
      report(lived);
      pauseMs = Math.min(5_000, pauseMs * 2 || 250);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function committed(client: ClientBase, change: Change, random: Random): Promise<boolean> {
  await client.query('begin');
  const rows = await change(client, random);
  await client.query('commit');
  return rows > 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
