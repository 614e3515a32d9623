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

/** What a workload has done so far. */
export interface WorkloadStats {
  readonly ticks: number;
  /** How often each change was committed. */
  readonly done: Readonly<Record<DemoChange, number>>;
  /** Ticks that failed and were rolled back. */
  readonly failed: number;
  /** How often the source could not be reached, or the connection was lost. */
  readonly disconnected: number;
  readonly lastError?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface WorkloadOptions {
  /** The pause between two ticks. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** The same sequence of numbers makes the same changes. */
  readonly random?: Random;
  /** Called after each tick and each loss of the connection. */
  readonly report?: (stats: WorkloadStats) => void;
}

/**
 * Changes a demo source like an application, once every `everyMs`, until `signal` aborts. While the source is unavailable it
 * reconnects after increasing pauses. Transactions open at the end are rolled back. Never rejects.
 */
export async function runWorkload(
  source: { readonly name: string; readonly url: string },
  { everyMs, signal, random = Math.random, report = () => undefined }: WorkloadOptions,
): Promise<WorkloadStats> {
  const done = Object.fromEntries(Object.keys(weights).map((name) => [name, 0])) as Record<
    DemoChange,
    number
  >;
  const stats: Mutable<WorkloadStats> = { ticks: 0, done, failed: 0, disconnected: 0 };
  const endpoint = { subject: { source: source.name }, url: source.url };
  const timeouts = { ...defaultTimeouts, connectMs: 5_000 };
  let pauseMs = 0;

  const tickForever = async (client: ClientBase, second: ClientBase): Promise<void> => {
    let long: LongTransaction | undefined;
    for (const each of [client, second]) await each.query(`set lock_timeout = '500ms'`);
    for (;;) {
      const change = weighted(weights, random);
      try {
        if (await long?.tick()) {
          long = undefined;
          done.longTransaction += 1;
        }
        if (change === 'longTransaction') long ??= await beginLongTransaction(second, random);
        else if (await committed(client, changes[change], random)) done[change] += 1;
      } catch (error) {
        // When the connection is lost, the rollback fails too, and ends this loop.
        for (const each of [client, second]) {
          await each.query('rollback').catch(() => {
            throw error;
          });
        }
        long = undefined;
        stats.failed += 1;
        stats.lastError = messageOf(error);
      }
      pauseMs = 0;
      stats.ticks += 1;
      report(stats);
      await sleep(everyMs, undefined, { signal });
    }
  };

  for (;;) {
    try {
      await withConnection(endpoint, timeouts, signal, (client) =>
        withConnection(endpoint, timeouts, signal, (second) => tickForever(client, second)),
      );
    } catch (error) {
      if (signal.aborted) return stats;
      stats.disconnected += 1;
      stats.lastError = messageOf(error);
      report(stats);
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
