import { ApplicationFailure, sleep } from '@temporalio/activity';
import type { Client } from 'pg';
import type { TableConfig } from '../../../model/config-schema.ts';
import { failureTypes } from '../../../model/failure.ts';
import { qualified } from '../../../model/identifier.ts';
import type { Identity, Snapshot } from '../../../model/snapshot.ts';
import { codeOf } from '../../postgres/errors.ts';
import { timeoutSettings } from '../../postgres/timeouts.ts';
import type { Timeouts } from '../../postgres/timeouts.ts';
import { sqlFile } from '../../postgres/sql-file.ts';
import { sourceSchema, survey } from './survey.ts';

/** The snapshot of an open transaction, and whose it is. */
export interface Opened {
  readonly snapshot: Snapshot;
  readonly identity: Identity;
}

/** Thrown while reading: what was read so far is no state that ever was, and reading begins anew. */
export class Disturbed extends Error {
  override readonly name = 'Disturbed';
}

/**
 * Runs `read` in a read-only transaction in which every table stands still, and under its snapshot.
 *
 * The locks come first and the first select after them: a snapshot does not protect against TRUNCATE and rewriting
 * ALTERs. They are asked for with NOWAIT, and given back when one cannot be had; the reading itself waits for none
 * either. We never wait while holding one, so that no migration of the application can be in a deadlock with us.
 * Begins anew, for as long as `sourceLockMs`, when a lock cannot be had or what was read was Disturbed.
 */
export async function underSnapshot<T>(
  client: Client,
  source: string,
  tables: Readonly<Record<string, TableConfig>>,
  timeouts: Timeouts,
  read: (opened: Opened) => Promise<T>,
): Promise<T> {
  const giveUpAt = Date.now() + timeouts.sourceLockMs;
  for (;;) {
    try {
      const answer = await read(await openSnapshot(client, source, tables, timeouts));
      await client.query('commit');
      return answer;
    } catch (error) {
      const disturbance = error instanceof Disturbed ? error.message : undefined;
      if (disturbance === undefined && codeOf(error) !== '55P03') throw error;
      await client.query('rollback');
      if (Date.now() > giveUpAt) throw await lockedOut(client, source, tables, timeouts, disturbance);
    }
    await sleep(timeouts.sourceLockPauseMs);
  }
}

async function openSnapshot(
  client: Client,
  source: string,
  tables: Readonly<Record<string, TableConfig>>,
  timeouts: Timeouts,
): Promise<Opened> {
  const names = Object.keys(tables).map((table) => qualified(sourceSchema, table));
  await client.query(
    `begin isolation level repeatable read read only; ${sessionSettings} ${timeoutSettings(timeouts)}`,
  );
  try {
    if (names.length > 0) await client.query(`lock table ${names.join(', ')} in access share mode nowait`);
  } catch (error) {
    if (codeOf(error) === '55P03') throw error;
    await client.query('rollback');
    // Missing, not readable, a view: the catalog names all of them, the lock only the first.
    await survey(client, source, tables);
    throw error;
  }
  const { rows } = await client.query<Record<string, string>>(sqlFile('source/snapshot.sql'));
  const row = rows[0]!;
  if (row['standby'] === 't') {
    throw ApplicationFailure.create({
      type: failureTypes.cannotRead,
      message: `source "${source}" is a standby, on which a snapshot does not tell what is still under way; put the primary's URL into the config.`,
      nonRetryable: true,
    });
  }
  return {
    snapshot: { text: row['text']!, xmin: row['xmin']!, xmax: row['xmax']!, takenAt: row['taken_at']! },
    identity: { system: row['system']!, database: row['database']!, timeline: row['timeline']! },
  };
}

/**
 * What makes a value's text the same on both sides, and a filtered row an error instead of a silence. The lock timeout is
 * for locks that a query takes besides: on indexes, which REINDEX locks and LOCK TABLE does not, and on new partitions.
 */
const sessionSettings = `
    set local timezone = 'UTC';
    set local datestyle = 'ISO, YMD';
    set local intervalstyle = 'postgres';
    set local lc_monetary = 'C';
    set local extra_float_digits = 3;
    set local bytea_output = 'hex';
    set local row_security = off;
    set local jit = off;
    set local lock_timeout = '10ms';
    set local search_path = pg_catalog;`;

async function lockedOut(
  client: Client,
  source: string,
  tables: Readonly<Record<string, TableConfig>>,
  timeouts: Timeouts,
  disturbance: string | undefined,
): Promise<ApplicationFailure> {
  const { rows } = await client.query<
    Record<'table' | 'part' | 'pid' | 'application' | 'since' | 'behind', string>
  >(sqlFile('source/lock-holders.sql'), [sourceSchema, Object.keys(tables)]);
  const held = rows.map(
    ({ table, part, pid, application, since, behind }) =>
      `table "${table}"${part ? ` (its "${part}")` : ''} by process ${pid}${application ? ` (${application})` : ''}${since ? ` since ${since}` : ''}` +
      (behind ? `, which itself waits for process ${behind}` : ''),
  );
  return ApplicationFailure.create({
    type: failureTypes.unavailable,
    message:
      `source "${source}": for ${timeouts.sourceLockMs / 1000} s ` +
      (disturbance ??
        `no read lock could be had: ${held.join('; ') || 'the holder is gone by now'}; ` +
          'it is held by a migration or a maintenance command, which was not disturbed') +
      '.',
  });
}
