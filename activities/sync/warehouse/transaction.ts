import type { Client } from 'pg';
import { sessionSettings } from '../../postgres/session.ts';
import type { Timeouts } from '../../postgres/timeouts.ts';

/** Thrown within a transaction to end it without effect; not an error. */
class RolledBack {
  readonly result: unknown;
  constructor(result: unknown) {
    this.result = result;
  }
}

/** Ends the surrounding `inTransaction` with a rollback; it then returns `result`. */
export function rollBack(result: unknown): never {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- not an error: the way out of a transaction
  throw new RolledBack(result);
}

/**
 * Runs `work` in one READ COMMITTED transaction of the warehouse and commits it. The settings make the server itself end
 * the transaction of a frozen worker, and keep larger sorts than by default in memory.
 */
export async function inTransaction<T>(
  client: Client,
  timeouts: Timeouts,
  work: () => Promise<T>,
): Promise<T> {
  await client.query(`begin isolation level read committed;
    ${sessionSettings(client, timeouts, timeouts.warehouseLockMs)}
    set local work_mem = '64MB';`);
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    if (error instanceof RolledBack) return error.result as T;
    throw error;
  }
}
