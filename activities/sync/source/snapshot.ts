import type { ApplicationFailure } from '@temporalio/common';
import { sleep } from '@temporalio/activity';
import type { Client } from 'pg';
import type { HeldBack } from '../../../model/batch.ts';
import type { Cause } from '../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { sameColumns, sameLeaves } from '../../../model/position.ts';
import type { SourceSnapshot } from '../../../model/snapshot.ts';
import { codeOf } from '../../postgres/errors.ts';
import { isoTime } from '../../postgres/iso-time.ts';
import { pipelined } from '../../postgres/pipeline.ts';
import { sessionSettings } from '../../postgres/session.ts';
import { sqlFile } from '../../postgres/sql-file.ts';
import type { Timeouts } from '../../postgres/timeouts.ts';
import type { LogPosition } from './flushed.ts';
import { untilFlushed } from './flushed.ts';
import { without } from './held-back.ts';
import type { Survey } from './survey.ts';

/** What to read, and the time limits for locking and reading it. */
export interface SnapshotRequest {
  readonly source: string;
  /** Looks up the tables to read in the current transaction. */
  readonly survey: () => Promise<Survey>;
  readonly timeouts: Timeouts;
}

/** Thrown while reading, when the rows read so far are not a state that the source ever had: reading starts again. */
class SnapshotInvalidated extends Error {
  override readonly name = 'SnapshotInvalidated';
}

/**
 * Runs `read` under one snapshot, in a read-only transaction in which no table changes.
 *
 * The tables are looked up in a transaction of its own, then locked, and the first select comes after the locks: a snapshot
 * does not protect against TRUNCATE and rewriting ALTERs. The locks are requested with NOWAIT, and all are released when one
 * is not available; reading does not wait for locks either. We never wait while holding a lock, so no migration of the
 * application can deadlock with us. Returns once a crash of the source cannot take back what was read. Starts again, for up to
 * `sourceLockMs`, when a lock is not available or the snapshot was invalidated; after that, it holds back the tables that are
 * locked and reads the others.
 */
export async function underSnapshot<T>(
  client: Client,
  request: SnapshotRequest,
  read: (now: SourceSnapshot, found: Survey) => Promise<T>,
): Promise<T> {
  const { sourceLockMs, sourceLockPauseMs } = request.timeouts;
  const giveUpAt = Date.now() + sourceLockMs;
  const locked: HeldBack[] = [];
  for (;;) {
    let found: Survey | undefined;
    try {
      await client.query(`begin read only; ${readerSettings(client, request.timeouts)}`);
      found = without(await request.survey(), locked);
      const { now, log } = await openSnapshot(client, request, found);
      const result = await read(now, found).catch(refusedReading(client, request, found));
      await client.query('commit');
      await untilFlushed(client, request.source, log);
      return result;
    } catch (error) {
      const invalidated = error instanceof SnapshotInvalidated;
      if (!invalidated && codeOf(error) !== '55P03') throw error;
      await client.query('rollback');
      if (Date.now() > giveUpAt) {
        if (invalidated) throw gaveUp(request, error.message);
        const more = await lockedTables(client, request, found);
        if (more.length === 0 || more.length === found?.tables.size) throw lockedOut(request, more);
        locked.push(...more);
        continue;
      }
    }
    await sleep(sourceLockPauseMs);
  }
}

/** The SQLSTATEs of a statement that names what is not there, or what the role may not use. */
const refused = /^(3F|42)/;

/**
 * A handler for `catch` that rethrows, but as invalidated when the tables are no longer as they were looked up. The savepoint
 * keeps their locks, so the catalogue shows what the refused statement met.
 */
function refusedReading(client: Client, { survey }: SnapshotRequest, found: Survey) {
  return async (error: unknown): Promise<never> => {
    if (refused.test(codeOf(error) ?? '')) {
      await client.query('rollback to savepoint locked');
      refuseChanged(found, await survey());
    }
    throw error;
  };
}

/** The SQLSTATEs of a lock on a table that was dropped, replaced or revoked since it was looked up. */
const noLongerThere = /^(3F000|42P01|42501|42809)$/;

/** Ends the transaction of the survey, locks the tables in a new one, and takes its snapshot. */
async function openSnapshot(
  client: Client,
  { timeouts }: SnapshotRequest,
  { tables }: Survey,
): Promise<TakenSnapshot> {
  const names = [...tables.values()].flatMap(({ from, lock }) => (lock === 'always' ? from : []));
  const lock = names.length > 0 ? lockStatement(names) : '';
  await client
    .query(
      `commit; begin isolation level repeatable read read only; ${readerSettings(client, timeouts)} ${lock} savepoint locked`,
    )
    .catch((error: unknown) => {
      if (noLongerThere.test(codeOf(error) ?? ''))
        throw new SnapshotInvalidated(`tables changed while they were locked: ${(error as Error).message}`);
      throw error;
    });
  for (const { from, lock: wanted } of tables.values())
    if (wanted === 'if allowed') await lockView(client, from);
  return readSnapshot(client);
}

function lockStatement(names: readonly string[]): string {
  return `lock table ${names.join(', ')} in access share mode nowait;`;
}

/** Locks a view with the tables that it reads, unless its owner may not read them: then reading it fails, and says why. */
async function lockView(client: Client, view: string): Promise<void> {
  try {
    await client.query(`${lockStatement([view])} savepoint locked`);
  } catch (error) {
    if (!noLongerThere.test(codeOf(error) ?? '')) throw error;
    await client.query('rollback to savepoint locked');
  }
}

/** A snapshot, with the server that it belongs to and how far its log is. */
export interface TakenSnapshot {
  readonly now: SourceSnapshot;
  readonly log: LogPosition;
}

/** Takes a snapshot in a transaction of its own, which locks nothing. */
export async function takeSnapshot(client: Client, timeouts: Timeouts): Promise<TakenSnapshot> {
  const [, taken] = await pipelined(client, () => [
    client.query(`begin isolation level repeatable read read only; ${readerSettings(client, timeouts)}`),
    readSnapshot(client),
    client.query('commit'),
  ]);
  return taken;
}

/** Takes the snapshot of the current transaction. */
export async function readSnapshot(client: Client): Promise<TakenSnapshot> {
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
  const standby = row['standby'] === 't' && { standby: true as const };
  return { now: { snapshot, identity, ...standby, state: row['state']! }, log };
}

/**
 * Throws when a table changed between the survey and the end of reading. Attaching a partition does not wait for readers,
 * and its rows may be older than our snapshot: then only some of them were read. Before the locks, any change was possible.
 * Call it after reading, with the surveys from before and after.
 */
export function refuseChanged(before: Survey, after: Survey): void {
  for (const [table, { shape }] of before.tables) {
    const now = after.tables.get(table)?.shape;
    if (!now || !sameColumns(shape, now) || shape.attributes !== now.attributes)
      throw new SnapshotInvalidated(`table "${table}" changed while it was read`);
    if (!sameLeaves(shape.leaves, now.leaves))
      throw new SnapshotInvalidated(`partitions of table "${table}" changed while it was read`);
  }
}

/** For locks that a query takes in addition: on indexes, which REINDEX locks and LOCK TABLE does not, and on new partitions. */
const readerLockMs = 10;

function readerSettings(client: Client, timeouts: Timeouts): string {
  return `${sessionSettings(client, timeouts, readerLockMs)} set local search_path = pg_catalog;`;
}

/** The tables that other sessions lock, each held back with these sessions and how to look at them and to end them. */
async function lockedTables(
  client: Client,
  { timeouts }: SnapshotRequest,
  found: Survey | undefined,
): Promise<HeldBack[]> {
  const tables = [...(found?.tables ?? [])];
  const { rows } = await client.query<
    Record<'oid' | 'part' | 'pid' | 'application' | 'since' | 'behind', string>
  >(sqlFile('source/lock-holders.sql'), [tables.map(([, { oid }]) => oid)]);
  return tables.flatMap(([table, { oid }]) => {
    const holders = rows.filter((row) => row.oid === oid);
    if (holders.length === 0) return [];
    const by = holders.map(
      ({ part, pid, application, since, behind }) =>
        `${part ? `its "${part}"` : 'it'} is locked by process ${pid}${application ? ` (${application})` : ''}${since ? ` since ${since} UTC` : ''}` +
        (behind ? `, which itself is waiting for process ${behind}` : ''),
    );
    const pids = [...new Set(holders.map(({ pid }) => pid))].join(', ');
    const these = `pid in (${pids})`;
    return {
      table,
      problem: `for ${timeouts.sourceLockMs / 1000} s it could not be read: ${by.join('; ')}`,
      advice: `A migration or a maintenance command holds the lock; it was not disturbed. The next run tries again. To see what it does, run at the source: select * from pg_stat_activity where ${these}; To end it:`,
      sql: `select pid, pg_terminate_backend(pid) from pg_stat_activity where ${these}`,
    };
  });
}

/** The failure of a source of which no table can be read, because all are locked or nothing shows who locks them. */
function lockedOut(request: SnapshotRequest, locked: readonly HeldBack[]): ApplicationFailure {
  const [first, ...others] = locked;
  return first
    ? createFailure(failureTypes.unavailable, { source: request.source, causes: [first, ...others] })
    : gaveUp(request, 'the tables could not be locked for reading: the lock has been released since');
}

function gaveUp({ source, timeouts }: SnapshotRequest, problem: string): ApplicationFailure {
  const cause: Cause = { problem: `for ${timeouts.sourceLockMs / 1000} s ${problem}` };
  return createFailure(failureTypes.unavailable, { source, causes: [cause] });
}
