import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { codeOf } from '../../postgres/errors.ts';
import { sqlFile } from '../../postgres/sql-file.ts';

/** How long to wait for queries that use a view or a table, in milliseconds. */
export interface LockPatience {
  /**
   * One wait for a lock, behind which new queries wait. Shorter than deadlock_timeout (1 s), so Postgres does not cancel
   * an analyst's query.
   */
  readonly lockMs: number;
  /** The pause between two attempts. */
  readonly pauseMs: number;
  /** The limit for all attempts together. */
  readonly forMs: number;
}

export const defaultLockPatience: LockPatience = { lockMs: 500, pauseMs: 1_000, forMs: 60_000 };

/** Thrown by an attempt that has to be made again. */
export class TryAgain extends Error {}

/**
 * Makes `attempt`, which takes locks and leaves none of them when it fails, until it gets them. Throws what `refusal` returns
 * when that takes longer than `forMs`.
 */
export async function insistently<T>(
  { pauseMs, forMs }: Pick<LockPatience, 'pauseMs' | 'forMs'>,
  attempt: () => Promise<T>,
  refusal: () => Promise<Error>,
): Promise<T> {
  const until = Date.now() + forMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!lacksLock(error)) throw error;
    }
    if (Date.now() >= until) throw await refusal();
    await pause(pauseMs);
  }
}

function lacksLock(error: unknown): boolean {
  return codeOf(error) === '55P03' || error instanceof TryAgain;
}

/** Like `insistently`, for attempts within one transaction: between two of them it holds none of their locks. */
export function patiently(
  client: Client,
  patience: LockPatience,
  attempt: () => Promise<unknown>,
  refusal: () => Promise<Error>,
): Promise<void> {
  return insistently(patience, () => fromSavepoint(client, patience.lockMs, attempt), refusal);
}

async function fromSavepoint(client: Client, lockMs: number, attempt: () => Promise<unknown>): Promise<void> {
  await client.query(`savepoint locking; set local lock_timeout = ${lockMs}`);
  try {
    await attempt();
  } catch (error) {
    if (lacksLock(error)) await client.query('rollback to savepoint locking; release savepoint locking');
    throw error;
  }
  await client.query('set local lock_timeout to default; release savepoint locking');
}

/** A session that has a lock. */
export interface LockHolder {
  /** A sentence: which relation, which process, since when. */
  readonly description: string;
  /** The statement that ends it. */
  readonly end: string;
}

/** The other sessions with a lock on one of the views and tables (schema-qualified names, not quoted). */
export async function readLockHolders(client: Client, relations: readonly string[]): Promise<LockHolder[]> {
  const { rows } = await client.query<Record<'relation' | 'pid' | 'application' | 'since', string>>(
    sqlFile('catalogue/lock-holders.sql'),
    [relations],
  );
  return rows.map(({ relation, pid, application, since }) => ({
    description: `${relation} is in use by process ${pid} (${application || 'unnamed'}, in a transaction since ${since} UTC).`,
    end: `select pg_terminate_backend(${pid})`,
  }));
}
