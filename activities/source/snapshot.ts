import { ApplicationFailure, sleep } from '@temporalio/activity';
import type { Client } from 'pg';
import type { TableConfig } from '../../model/config.ts';
import { failures } from '../../model/failure.ts';
import { qualified } from '../../model/identifier.ts';
import type { Identity, Snapshot } from '../../model/snapshot.ts';
import { codeOf } from '../connect.ts';
import { limitSettings } from '../limits.ts';
import type { Limits } from '../limits.ts';
import { sqlFile } from '../sql-file.ts';
import { sourceSchema, survey } from './survey.ts';

/** The snapshot of an open transaction, and whose it is. */
export interface Opened {
  readonly snapshot: Snapshot;
  readonly identity: Identity;
}

/**
 * Opens a read-only transaction in which every table stands still, and takes its snapshot.
 *
 * The locks come first and the first select after them: a snapshot does not protect against TRUNCATE and rewriting
 * ALTERs. They are asked for with NOWAIT, for as long as `sourceLockMs`, and given back in between: we never wait while
 * holding one, so that no migration of the application can be in a deadlock with us.
 */
export async function openSnapshot(
  client: Client,
  source: string,
  tables: Readonly<Record<string, TableConfig>>,
  limits: Limits,
): Promise<Opened> {
  const names = Object.keys(tables).map((table) => qualified(sourceSchema, table));
  const giveUpAt = Date.now() + limits.sourceLockMs;
  for (;;) {
    await client.query(
      `begin isolation level repeatable read read only; ${sessionSettings} ${limitSettings(limits)}`,
    );
    try {
      await client.query(`lock table ${names.join(', ')} in access share mode nowait`);
      break;
    } catch (error) {
      await client.query('rollback');
      if (codeOf(error) !== '55P03') {
        // Missing, not readable, a view: the catalog names all of them, the lock only the first.
        await survey(client, source, tables);
        throw error;
      }
      if (Date.now() > giveUpAt) throw await lockedOut(client, source, tables, limits);
      await sleep(limits.sourceLockPauseMs);
    }
  }
  const { rows } = await client.query<Record<string, string>>(sqlFile('source/snapshot.sql'));
  const row = rows[0]!;
  if (row['standby'] === 't') {
    throw ApplicationFailure.create({
      type: failures.cannotRead,
      message: `source "${source}" is a standby, on which a snapshot does not tell what is still under way; put the primary's URL into the config.`,
      nonRetryable: true,
    });
  }
  return {
    snapshot: { text: row['text']!, xmin: row['xmin']!, xmax: row['xmax']!, takenAt: row['taken_at']! },
    identity: { system: row['system']!, database: row['database']!, timeline: row['timeline']! },
  };
}

/** What makes a value's text the same on both sides, and a filtered row an error instead of a silence. */
const sessionSettings = `
    set local timezone = 'UTC';
    set local datestyle = 'ISO, YMD';
    set local intervalstyle = 'postgres';
    set local extra_float_digits = 3;
    set local bytea_output = 'hex';
    set local row_security = off;
    set local jit = off;
    set local search_path = pg_catalog;`;

async function lockedOut(
  client: Client,
  source: string,
  tables: Readonly<Record<string, TableConfig>>,
  limits: Limits,
): Promise<ApplicationFailure> {
  const { rows } = await client.query<{
    table: string;
    pid: string;
    application: string | null;
    since: string | null;
  }>(sqlFile('source/lock-holders.sql'), [sourceSchema, Object.keys(tables)]);
  const held = rows.map(
    ({ table, pid, application, since }) =>
      `table "${table}" by process ${pid}${application ? ` (${application})` : ''}${since ? ` since ${since}` : ''}`,
  );
  return ApplicationFailure.create({
    type: failures.unavailable,
    message:
      `source "${source}": for ${limits.sourceLockMs / 1000} s no read lock could be had: ` +
      `${held.join(', ') || 'the holder is gone by now'}; it is held by a migration or a maintenance command, which was not disturbed.`,
  });
}
