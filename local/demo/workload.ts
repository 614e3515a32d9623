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

/** The statistics of a workload so far. */
export interface WorkloadStats {
  readonly ticks: number;
  /** How often each change was committed. */
  readonly done: Readonly<Record<DemoChange, number>>;
  /** The number of ticks that failed and were rolled back. */
  readonly failed: number;
  /** How often the source could not be reached, or the connection was lost. */
  readonly disconnected: number;
  readonly lastError?: string;
}

const firstPauseMs = 250;
const maxPauseMs = 5_000;

type MutableStats = { -readonly [K in keyof WorkloadStats]: WorkloadStats[K] } & {
  done: Record<DemoChange, number>;
};

export interface WorkloadOptions {
  /** The pause between two ticks. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** The same sequence of numbers produces the same changes. */
  readonly random?: Random;
  /** Called after each tick and each lost connection. */
  readonly report?: (stats: WorkloadStats) => void;
}

/**
 * Changes a demo source like an application, once every `everyMs`, until `signal` aborts. While the source is unavailable it
 * reconnects after increasing pauses. Transactions open at the end are rolled back. Never rejects.
 */
export async function runWorkload(
  source: { readonly name: string; readonly url: string },
  options: WorkloadOptions,
): Promise<WorkloadStats> {
  const { signal, report } = options;
  const endpoint = { subject: { source: source.name }, url: source.url };
  const timeouts = { ...defaultTimeouts, connectMs: 5_000 };
  const stats = emptyStats();
  let pauseMs = 0;
  for (;;) {
    const ticksBefore = stats.ticks;
    try {
      await withConnection(endpoint, timeouts, signal, (first) =>
        withConnection(endpoint, timeouts, signal, (second) => tickForever(first, second, stats, options)),
      );
    } catch (error) {
      if (signal.aborted) return stats;
      stats.disconnected += 1;
      stats.lastError = messageOf(error);
      report?.(stats);
      pauseMs = stats.ticks > ticksBefore ? firstPauseMs : Math.min(maxPauseMs, pauseMs * 2 || firstPauseMs);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

function emptyStats(): MutableStats {
  const done = Object.fromEntries(Object.keys(weights).map((name) => [name, 0]));
  return { ticks: 0, done: done as Record<DemoChange, number>, failed: 0, disconnected: 0 };
}

/**
 * Makes changes until a connection is lost or `signal` aborts; then rejects. The second connection is for long
 * transactions.
 */
async function tickForever(
  first: ClientBase,
  second: ClientBase,
  stats: MutableStats,
  { everyMs, signal, random = Math.random, report }: WorkloadOptions,
): Promise<void> {
  let long: LongTransaction | undefined;
  for (const client of [first, second]) await client.query(`set lock_timeout = '500ms'`);
  for (;;) {
    try {
      long = await tick(first, second, long, stats.done, random);
    } catch (error) {
      await rollBack([first, second], error);
      long = undefined;
      stats.failed += 1;
      stats.lastError = messageOf(error);
    }
    stats.ticks += 1;
    report?.(stats);
    await sleep(everyMs, undefined, { signal });
  }
}

/** Makes one change and counts commits. Returns the long transaction that is open afterwards, if any. */
async function tick(
  first: ClientBase,
  second: ClientBase,
  open: LongTransaction | undefined,
  done: Record<DemoChange, number>,
  random: Random,
): Promise<LongTransaction | undefined> {
  const change = weighted(weights, random);
  const committedLong = await open?.tick();
  if (committedLong) done.longTransaction += 1;
  const stillOpen = committedLong ? undefined : open;
  if (change === 'longTransaction') return stillOpen ?? beginLongTransaction(second, random);
  if (await committed(first, changes[change], random)) done[change] += 1;
  return stillOpen;
}

/** Rolls back on each connection. Throws `error` when a rollback fails, because then the connection is lost. */
async function rollBack(clients: readonly ClientBase[], error: unknown): Promise<void> {
  for (const client of clients)
    await client.query('rollback').catch(() => {
      throw error;
    });
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
