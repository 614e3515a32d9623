import type { Client } from 'pg';
import { timeoutSettings } from '../../postgres/timeouts.ts';
import type { Timeouts } from '../../postgres/timeouts.ts';

/** Thrown within a transaction to end it without effect and without being an error. */
class RolledBack {
  readonly answer: unknown;
  constructor(answer: unknown) {
    this.answer = answer;
  }
}

/** Ends the surrounding `inTransaction` with a rollback, which then answers `answer`. */
export function rollBack(answer: unknown): never {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- not an error: the way out of a transaction
  throw new RolledBack(answer);
}

/**
 * Runs `work` in one READ COMMITTED transaction of the warehouse and commits it. The settings make the server itself end
 * what a frozen worker holds; larger sorts than the default stay in memory.
 */
export async function inTransaction<T>(
  client: Client,
  timeouts: Timeouts,
  work: () => Promise<T>,
): Promise<T> {
  await client.query(`begin isolation level read committed; ${timeoutSettings(timeouts)}
    set local lock_timeout = ${timeouts.warehouseLockMs};
    set local timezone = 'UTC';
    set local datestyle = 'ISO, YMD';
    set local intervalstyle = 'postgres';
    set local lc_monetary = 'C';
    set local jit = off;
    set local work_mem = '64MB';`);
  try {
    const answer = await work();
    await client.query('commit');
    return answer;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    if (error instanceof RolledBack) return error.answer as T;
    throw error;
  }
}
