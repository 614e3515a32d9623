import type { Client } from 'pg';
import type { HeldBack, TableShape } from '../../../../model/batch.ts';
import type { Cause } from '../../../../model/failure.ts';
import { failureTypes } from '../../../../model/failure.ts';
import { qualified } from '../../../../model/identifier.ts';
import { unwrapFailure } from '../../../../model/unwrap-failure.ts';
import { named, postgresFailure } from '../../../postgres/errors.ts';
import { defaultTimeouts } from '../../../postgres/timeouts.ts';
import { inTransaction, rollBack } from '../transaction.ts';
import type { AlignedTable } from './align-statements.ts';
import { statementsFor } from './align-statements.ts';
import { alignLock, alterPatience, runNext } from './align.ts';
import { changedKeys } from './changed-keys.ts';
import { takenNames } from './taken-names.ts';

/**
 * Those of the tables, by their names in the warehouse, that the next run would hold back because clean cannot become what they
 * are at the source: something else has the name, a flat table has another key, or a column cannot change. What the run would
 * alter is altered and rolled back, which locks the table for as long as one statement, two seconds at most; where that is too
 * short, nothing is said.
 */
export async function foreseeRefusals(
  client: Client,
  source: string,
  tables: ReadonlyMap<string, { readonly shape: TableShape }>,
): Promise<HeldBack[]> {
  const all = [...tables].map(([table, { shape }]) => ({ table, shape, whole: true }));
  const without = (causes: readonly Cause[]) =>
    all.filter((each) => !causes.some(({ table }) => table === each.table));
  const taken = await takenNames(client, [...tables.keys()]);
  const causes = [...taken, ...(await changedKeys(client, without(taken)))];
  const refused = causes.map((cause): HeldBack => ({ ...cause, table: cause.table! }));
  const others = without(causes);
  const { alter } = await statementsFor(client, source, others);
  for (const each of others)
    if (alter.some(({ table }) => table === each.table))
      refused.push(...(await refusalOf(client, source, each)));
  return refused;
}

/** Alters a table as the next run would, without its rows, and takes everything back. Returns why that fails. */
async function refusalOf(client: Client, source: string, table: AlignedTable): Promise<HeldBack[]> {
  const { lockMs, statementMs } = alterPatience;
  const brief = { ...defaultTimeouts, warehouseLockMs: lockMs, statementMs };
  return inTransaction(client, brief, async () => {
    await client.query(alignLock);
    await detachLeaves(client, table.table).catch(() => rollBack([]));
    while (await runNext(client, source, table, statementMs));
    return rollBack([]);
  }).catch((error: unknown) => {
    const failure = postgresFailure({ source, warehouse: true }, named(table.table, error));
    const { type, details } = unwrapFailure(failure);
    if (type === failureTypes.unavailable) return [];
    if (type !== failureTypes.cannotLand) throw failure;
    return (details?.causes ?? []).map((cause) => ({ ...cause, table: table.table }));
  });
}

/** Takes the rows out of a table, so that none is written again. */
async function detachLeaves(client: Client, table: string): Promise<void> {
  const { rows } = await client.query<{ leaf: string }>(
    `select i.inhrelid::regclass as leaf from pg_inherits i where i.inhparent = to_regclass($1)`,
    [qualified('clean', table)],
  );
  for (const { leaf } of rows)
    await client.query(`alter table ${qualified('clean', table)} detach partition ${leaf}`);
}
