import type { ApplicationFailure } from '@temporalio/common';
import { sleep } from '@temporalio/activity';
import type { Client } from 'pg';
import type { TableConfig } from '../../../model/config-schema.ts';
import type { Cause } from '../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { qualified } from '../../../model/identifier.ts';
import { sameLeaves } from '../../../model/position.ts';
import type { SourceSnapshot } from '../../../model/snapshot.ts';
import { codeOf } from '../../postgres/errors.ts';
import { isoTime } from '../../postgres/iso-time.ts';
import { textSettings, timeoutSettings } from '../../postgres/session.ts';
import { sqlFile } from '../../postgres/sql-file.ts';
import type { Timeouts } from '../../postgres/timeouts.ts';
import type { SurveyedTable } from './survey.ts';
import { sourceSchema, survey } from './survey.ts';

/** The tables to read, and for how long to try to lock them. */
export interface SnapshotRequest {
  readonly source: string;
  readonly tables: Readonly<Record<string, TableConfig>>;
  readonly timeouts: Timeouts;
}

/** Thrown while reading: what was read so far is not a state that the source ever had, so reading starts again. */
class SnapshotInvalidated extends Error {
  override readonly name = 'SnapshotInvalidated';
}

/**
 * Runs `read` in a read-only transaction in which every table stands still, and under its snapshot.
 *
 * The locks come first and the first select after them: a snapshot does not protect against TRUNCATE and rewriting
 * ALTERs. The locks are requested with NOWAIT, and given back when one cannot be had; the reading itself waits for none
 * either. We never wait while holding a lock, so no migration of the application can end in a deadlock with us.
 * Starts again, for as long as `sourceLockMs`, when a lock cannot be had or the snapshot was invalidated.
 */
export async function underSnapshot<T>(
  client: Client,
  request: SnapshotRequest,
  read: (now: SourceSnapshot) => Promise<T>,
): Promise<T> {
  const { sourceLockMs, sourceLockPauseMs } = request.timeouts;
  const giveUpAt = Date.now() + sourceLockMs;
  for (;;) {
    try {
      const result = await read(await openSnapshot(client, request));
      await client.query('commit');
      return result;
    } catch (error) {
      const invalidated = error instanceof SnapshotInvalidated;
      if (!invalidated && codeOf(error) !== '55P03') throw error;
      await client.query('rollback');
      if (Date.now() > giveUpAt)
        throw invalidated ? gaveUp(request, error.message) : await lockedOut(client, request);
    }
    await sleep(sourceLockPauseMs);
  }
}

async function openSnapshot(
  client: Client,
  { source, tables, timeouts }: SnapshotRequest,
): Promise<SourceSnapshot> {
  const names = Object.keys(tables).map((table) => qualified(sourceSchema, table));
  await client.query(
    `begin isolation level repeatable read read only; ${readerSettings} ${timeoutSettings(timeouts)}`,
  );
  try {
    if (names.length > 0) await client.query(`lock table ${names.join(', ')} in access share mode nowait`);
  } catch (error) {
    if (codeOf(error) === '55P03') throw error;
    await client.query('rollback');
    // Missing, not readable, a view: the survey names all such tables, the lock only the first.
    await survey(client, source, tables);
    throw error;
  }
  const { rows } = await client.query<Record<string, string>>(sqlFile('source/snapshot.sql'));
  const row = rows[0]!;
  if (row['standby'] === 't') throw standby(source);
  return {
    snapshot: {
      text: row['text']!,
      xmin: row['xmin']!,
      xmax: row['xmax']!,
      takenAt: isoTime(row['taken_at']!),
    },
    identity: { system: row['system']!, database: row['database']!, timeline: row['timeline']! },
  };
}

/**
 * Attaching a partition does not wait for readers, and its rows may be older than our snapshot: then some were read and
 * some not. To be called after reading, with the tables as they were surveyed before it and after it.
 */
export function refuseNewPartitions(
  before: ReadonlyMap<string, SurveyedTable>,
  after: ReadonlyMap<string, SurveyedTable>,
): void {
  for (const [table, { shape }] of before)
    if (!sameLeaves(shape.leaves, after.get(table)?.shape.leaves ?? []))
      throw new SnapshotInvalidated(`partitions of table "${table}" changed while it was read`);
}

/**
 * Row-level security makes a filtered row an error instead of a silence. The lock timeout is for locks that a query takes
 * in addition: on indexes, which REINDEX locks and LOCK TABLE does not, and on new partitions.
 */
const readerSettings = `${textSettings}
    set local row_security = off;
    set local jit = off;
    set local lock_timeout = '10ms';
    set local search_path = pg_catalog;`;

function standby(source: string): ApplicationFailure {
  const cause: Cause = {
    problem: 'it is a standby, whose snapshot does not show which transactions are still open',
    advice: "Put the primary's URL into the config.",
  };
  return createFailure(failureTypes.cannotRead, { source, causes: [cause] }, { final: true });
}

async function lockedOut(client: Client, request: SnapshotRequest): Promise<ApplicationFailure> {
  const { rows } = await client.query<
    Record<'table' | 'part' | 'pid' | 'application' | 'since' | 'behind', string>
  >(sqlFile('source/lock-holders.sql'), [sourceSchema, Object.keys(request.tables)]);
  const holders = rows.map(
    ({ table, part, pid, application, since, behind }) =>
      `table "${table}"${part ? ` (its "${part}")` : ''} by process ${pid}${application ? ` (${application})` : ''}${since ? ` since ${since} UTC` : ''}` +
      (behind ? `, which itself waits for process ${behind}` : ''),
  );
  return gaveUp(
    request,
    `the tables could not be locked for reading: ${holders.join('; ') || 'whoever held a lock is gone by now'}`,
    'A migration or a maintenance command holds the lock, and was not disturbed. The next run tries again.',
  );
}

function gaveUp({ source, timeouts }: SnapshotRequest, problem: string, advice?: string): ApplicationFailure {
  const cause: Cause = {
    problem: `for ${timeouts.sourceLockMs / 1000} s ${problem}`,
    ...(advice !== undefined && { advice }),
  };
  return createFailure(failureTypes.unavailable, { source, causes: [cause] });
}
