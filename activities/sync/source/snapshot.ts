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
import { sessionSettings } from '../../postgres/session.ts';
import { sqlFile } from '../../postgres/sql-file.ts';
import type { Timeouts } from '../../postgres/timeouts.ts';
import type { LogPosition } from './flushed.ts';
import { untilFlushed } from './flushed.ts';
import type { SurveyedTable } from './survey.ts';
import { sourceSchema, survey } from './survey.ts';

/** The tables to read, and the time limits for locking and reading them. */
export interface SnapshotRequest {
  readonly source: string;
  readonly tables: Readonly<Record<string, TableConfig>>;
  readonly timeouts: Timeouts;
}

/** Thrown while reading, when the rows read so far are not a state that the source ever had: reading starts again. */
class SnapshotInvalidated extends Error {
  override readonly name = 'SnapshotInvalidated';
}

/**
 * Runs `read` under one snapshot, in a read-only transaction in which no table changes.
 *
 * The locks come first and the first select after them: a snapshot does not protect against TRUNCATE and rewriting
 * ALTERs. The locks are requested with NOWAIT, and all are released when one is not available; reading does not wait for
 * locks either. We never wait while holding a lock, so no migration of the application can deadlock with us.
 * Returns once a crash of the source cannot take back what was read.
 * Starts again, for up to `sourceLockMs`, when a lock is not available or the snapshot was invalidated.
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
      const { now, log } = await openSnapshot(client, request);
      const result = await read(now);
      await client.query('commit');
      await untilFlushed(client, request.source, log);
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
): Promise<TakenSnapshot> {
  const names = Object.keys(tables).map((table) => qualified(sourceSchema, table));
  await client.query(
    `begin isolation level repeatable read read only;
     ${sessionSettings(client, timeouts, readerLockMs)}
     set local search_path = pg_catalog`,
  );
  try {
    if (names.length > 0) await client.query(`lock table ${names.join(', ')} in access share mode nowait`);
  } catch (error) {
    if (codeOf(error) === '55P03') throw error;
    await client.query('rollback');
    // The survey names all tables that are missing, unreadable or views; the lock names only the first.
    await survey(client, source, tables);
    throw error;
  }
  const { standby, ...snapshot } = await readSnapshot(client);
  if (standby) throw standbyFailure(source);
  return snapshot;
}

/** A snapshot, with the server that it belongs to and how far its log is. */
export interface TakenSnapshot {
  readonly now: SourceSnapshot;
  readonly log: LogPosition;
}

/**
 * Takes the snapshot of the current transaction. On a standby it does not show which transactions are still open, and the log
 * is unknown.
 */
export async function readSnapshot(client: Client): Promise<TakenSnapshot & { readonly standby: boolean }> {
  const { rows } = await client.query<Record<string, string>>(sqlFile('source/snapshot.sql'));
  const row = rows[0]!;
  const snapshot = {
    text: row['text']!,
    xmin: row['xmin']!,
    xmax: row['xmax']!,
    takenAt: isoTime(row['taken_at']!),
  };
  const identity = { system: row['system']!, database: row['database']!, timeline: row['timeline'] ?? '' };
  const log = {
    written: BigInt(row['written'] ?? 0),
    flushed: BigInt(row['flushed'] ?? 0),
    pageSize: BigInt(row['page_size']!),
    takenAt: row['taken_at']!,
  };
  return { now: { snapshot, identity }, log, standby: row['standby'] === 't' };
}

/**
 * Throws when partitions were attached or detached while the tables were read. Attaching a partition does not wait for
 * readers, and its rows may be older than our snapshot: then only some of them were read. Call it after reading, with the
 * surveys from before and after.
 */
export function refuseNewPartitions(
  before: ReadonlyMap<string, SurveyedTable>,
  after: ReadonlyMap<string, SurveyedTable>,
): void {
  for (const [table, { shape }] of before)
    if (!sameLeaves(shape.leaves, after.get(table)?.shape.leaves ?? []))
      throw new SnapshotInvalidated(`partitions of table "${table}" changed while it was read`);
}

/** For locks that a query takes in addition: on indexes, which REINDEX locks and LOCK TABLE does not, and on new partitions. */
const readerLockMs = 10;

function standbyFailure(source: string): ApplicationFailure {
  const cause: Cause = {
    problem: 'it is a standby, whose snapshots do not show which transactions are still open',
    advice: "Set the primary's URL in the config.",
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
      (behind ? `, which itself is waiting for process ${behind}` : ''),
  );
  return gaveUp(
    request,
    `the tables could not be locked for reading: ${holders.join('; ') || 'the lock has been released since'}`,
    'A migration or a maintenance command holds the lock; it was not disturbed. The next run tries again.',
  );
}

function gaveUp({ source, timeouts }: SnapshotRequest, problem: string, advice?: string): ApplicationFailure {
  const cause: Cause = {
    problem: `for ${timeouts.sourceLockMs / 1000} s ${problem}`,
    ...(advice !== undefined && { advice }),
  };
  return createFailure(failureTypes.unavailable, { source, causes: [cause] });
}
