import type { Client } from 'pg';
import type { TableBatch } from '../../../../model/batch.ts';
import { createFailure, failureTypes } from '../../../../model/failure.ts';
import { codeOf, namingTable } from '../../../postgres/errors.ts';
import type { Timeouts } from '../../../postgres/timeouts.ts';
import { TryAgain, insistently, readLockHolders } from '../lock-patience.ts';
import { readWholeNext } from '../requests.ts';
import { inTransaction } from '../transaction.ts';
import type { AlignedTable } from './align-statements.ts';
import { statementsFor } from './align-statements.ts';
import { alterBelowViews } from './alter-below-views.ts';

/**
 * Aligns raw and clean with the columns of the batch's tables: makes missing tables and leaves, for which nobody waits, and
 * returns the tables that `alterTables` has to alter. When clean lacks columns that the changed rows of a batch cannot fill for
 * the others, it requests that these tables are read whole, and returns their names. Columns that the source no longer has stay.
 * The changed key of a flat table fails the batch with the statement to run. Call it within a transaction; it waits for other
 * sources that do the same.
 */
export async function makeTables(
  client: Client,
  source: string,
  tables: readonly TableBatch[],
): Promise<{ readonly toAlter: readonly TableBatch[]; readonly incomplete: readonly string[] }> {
  const { create, alter, incomplete } = await statementsFor(client, source, tables);
  if (incomplete.length > 0) {
    await readWholeNext(client, source, incomplete);
    return { toAlter: [], incomplete };
  }
  if (create.length > 0) {
    await client.query(alignLock);
    for (const { table, statement } of (await statementsFor(client, source, tables)).create)
      await client.query(statement).catch(namingTable(table));
  }
  return { toAlter: tables.filter(({ table }) => alter.some((each) => each.table === table)), incomplete };
}

/**
 * Adds the missing columns and widens those that cannot hold what the source has, one table after the other, each in a
 * transaction of its own that waits only briefly, because landings and queries wait behind it. `passFence` is run first in
 * each, and says whether to go on. Done already, it changes nothing. Throws CannotLand with the table that is in use for
 * too long.
 */
export async function alterTables(
  client: Client,
  timeouts: Timeouts,
  source: string,
  tables: readonly TableBatch[],
  passFence: () => Promise<boolean>,
): Promise<void> {
  const { pauseMs } = alterPatience;
  for (const table of tables) {
    const patience = { pauseMs, forMs: timeouts.alterMs };
    const attempt = () => alterNext(client, timeouts, source, table, passFence);
    const refusal = () => inUse(client, source, table.table, timeouts.alterMs);
    while (await insistently(patience, attempt, refusal).catch(namingTable(table.table)));
  }
}

/** Like `runNext`, in a transaction of its own. */
async function alterNext(
  client: Client,
  timeouts: Timeouts,
  source: string,
  table: TableBatch,
  passFence: () => Promise<boolean>,
): Promise<boolean> {
  const { lockMs, statementMs } = alterPatience;
  const brief = { ...timeouts, warehouseLockMs: lockMs, statementMs };
  return inTransaction(client, brief, async () => {
    if (!(await passFence())) return false;
    await client.query(alignLock);
    return runNext(client, source, table, timeouts.statementMs);
  }).catch((error: unknown) => {
    // Its statement_timeout: it has waited for several locks.
    throw codeOf(error) === '57014' ? new TryAgain() : error;
  });
}

/** Runs the first of the statements that a table still needs, in the current transaction, and says whether there are more. */
export async function runNext(
  client: Client,
  source: string,
  table: AlignedTable,
  rewriteMs: number,
): Promise<boolean> {
  const { alter } = await statementsFor(client, source, [table]);
  const [next] = alter;
  if (next?.rewrites) await client.query(`set local statement_timeout = ${rewriteMs}`);
  if (next) await alterBelowViews(client, { source, table: table.table }, next);
  return alter.length > 1 || next?.more === true;
}

/** One transaction at a time makes or alters tables of raw and clean. */
export const alignLock = `select pg_advisory_xact_lock(hashtext('tidehouse.align'))`;

/**
 * How long an ALTER waits for a lock, shorter than deadlock_timeout, and for all the locks that it needs, before it lets the
 * others go on; in milliseconds.
 */
export const alterPatience = { lockMs: 900, statementMs: 2_000, pauseMs: 500 };

/** The failure of one table that is in use: it waits for the next run, and the others land without it. */
async function inUse(client: Client, source: string, table: string, forMs: number) {
  const holders = await readLockHolders(client, [`clean.${table}`, `raw.${table}`]);
  const by = holders.map(({ description }) => description.replace(/\.$/, '')).join('; ');
  const problem = `its columns have changed at the source, and for ${forMs / 1_000} s could not be changed in the warehouse, because it was in use${by && `: ${by}`}`;
  const advice = 'The next run tries again.';
  return createFailure(
    failureTypes.cannotLand,
    { source, causes: [{ table, problem, advice }] },
    { final: true },
  );
}
