import type { Client } from 'pg';
import { sqlFile } from '../../activities/postgres/sql-file.ts';
import { formatNumber } from '../../model/number.ts';
import type { Check } from './check.ts';
import { failed, ok, warning } from './check.ts';

/** So many queries over all sources may run at once. */
const queriesAtOnce = 4;

/**
 * Checks that the server's lock table has space for queries over the leaves of all sources. When it is full, landings fail
 * too.
 */
export async function checkLockTable(client: Client): Promise<Check> {
  const { rows } = await client.query<Record<'per_transaction' | 'transactions' | 'needed', string>>(
    sqlFile('catalogue/lock-table.sql'),
  );
  const { per_transaction, transactions, needed: needs } = rows[0]!;
  return judgeLockTable(Number(per_transaction), Number(transactions), Number(needs));
}

/**
 * Compares a lock table of `perTransaction` times `transactions` locks with the `needed` locks of a query over all sources:
 * a warning without space for four of them, a failure without space for one.
 */
export function judgeLockTable(perTransaction: number, transactions: number, needed: number): Check {
  const subject = 'warehouse, lock table';
  const space = perTransaction * transactions;
  const detail = `${formatNumber(space)} locks; a query of three tables and all sources needs ${formatNumber(needed)}`;
  if (space >= queriesAtOnce * needed) return ok(subject, detail);
  const enough = 64 * Math.ceil((queriesAtOnce * needed) / transactions / 64);
  const advice = `Set max_locks_per_transaction to ${enough} or more, and restart the server:\nalter system set max_locks_per_transaction = ${enough};`;
  return (space < needed ? failed : warning)(subject, detail, advice);
}
