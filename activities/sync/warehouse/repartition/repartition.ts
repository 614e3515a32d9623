import type { Client } from 'pg';
import { pinSettings } from '../../../postgres/session.ts';
import type { LockPatience } from '../lock-patience.ts';
import { MigrationRefused, describePending, pendingMigrations } from '../migrate/pending-migrations.ts';
import { copyTables } from './copy-tables.ts';
import type { FlatTables, Move } from './flat-tables.ts';
import { readFlatTables } from './flat-tables.ts';
import { stopWriters } from './stop-writers.ts';
import { refuseAttached, swapRelations } from './swap-relations.ts';

/** Building takes long and swapping milliseconds: it is worth waiting for queries. */
const repartitionPatience: LockPatience = { lockMs: 300, pauseMs: 1_000, forMs: 10 * 60_000 };

/** What `repartition` would do. Throws a MigrationRefused when it would refuse to. Changes nothing. */
export async function planRepartition(client: Client): Promise<FlatTables> {
  const pending = await pendingMigrations(client);
  if (pending.length > 0)
    throw new MigrationRefused(
      `The warehouse's schema is not that of this version: ${describePending(pending)}.\nRun: tidehouse migrate`,
    );
  const flat = await readFlatTables(client);
  await refuseAttached(
    client,
    flat.moves.flatMap(({ relations }) => relations),
  );
  return flat;
}

/**
 * Gives one table the shape that it has in a new warehouse, in one transaction: it is made once more with all its rows,
 * then put in the place of the old one. Readers see the same rows before and after; landings wait or are retried. Killed at
 * any point, it has changed nothing. `reader` is a second connection, for its rows. Returns whether the table still had its
 * old shape.
 */
export async function repartition(
  client: Client,
  reader: Client,
  table: string,
  patience: LockPatience = repartitionPatience,
): Promise<boolean> {
  await client.query(`begin; ${pinSettings(client)}`);
  try {
    await prepareTransaction(client);
    const move = (await readFlatTables(client)).moves.find((each) => each.table === table);
    if (move) await moveTable(client, reader, move, patience);
    await client.query('commit');
    return move !== undefined;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** One after the other, and not next to a migration. A server ends the transaction of a killed command within a second. */
async function prepareTransaction(client: Client): Promise<void> {
  await client.query(`
    select set_config(name, '1s', true) from pg_settings where name = 'client_connection_check_interval';
    set local statement_timeout = 0;
    set local idle_in_transaction_session_timeout = '60s';
    set local maintenance_work_mem = '256MB';
    select pg_advisory_xact_lock(hashtext('tidehouse.migrate'))`);
}

async function moveTable(client: Client, reader: Client, move: Move, patience: LockPatience): Promise<void> {
  await stopWriters(client, move, patience);
  await refuseAttached(client, move.relations);
  const made = await copyTables(client, reader, move);
  await swapRelations(client, made, patience);
}
