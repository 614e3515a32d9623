import { sleep } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import type { Client } from 'pg';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { sqlFile } from '../../postgres/sql-file.ts';

/** The log of a source at a snapshot: bytes since its beginning, and the size of its pages. */
export interface LogPosition {
  /** Everything that the snapshot sees had been written by here. */
  readonly written: bigint;
  readonly flushed: bigint;
  readonly pageSize: bigint;
  /** When the snapshot was taken, in seconds since 1970, by the source's clock. */
  readonly takenAt: string;
}

/** No record of a log is so short; the header of a page is at most this long, and counts as written before its first record. */
const longestPageHeader = 40n;

/** Whether a crash would leave the source all that had been written to its log at `written`. */
export function isFlushed({ written, flushed, pageSize }: Omit<LogPosition, 'takenAt'>): boolean {
  return flushed >= written || (flushed % pageSize === 0n && written - flushed <= longestPageHeader);
}

/** Whether all pages that were full at `written` are on the disk. */
export function arePagesFlushed({ written, flushed, pageSize }: Omit<LogPosition, 'takenAt'>): boolean {
  return flushed >= written - (written % pageSize);
}

const pauseMs = 50;
/** How much longer than the WAL writer should need we wait for it. */
const patienceMs = 10_000;

/**
 * Waits until a crash of the source cannot take back what the snapshot at `log` has seen. A source with synchronous_commit off
 * shows commits that are not on its disk yet; its WAL writer flushes them within three times its delay. What is then left
 * on the last page has no commit: an open or rolled back transaction wrote it, or a reader that pruned a page. The WAL
 * writer leaves that alone for as long as nobody commits. Throws a temporary failure when more than that is left.
 */
export async function untilFlushed(client: Client, source: string, log: LogPosition): Promise<void> {
  let now = log;
  while (!isFlushed(now)) {
    const { rows } = await client.query<Record<'flushed' | 'waited_ms' | 'writer_ms', string>>(
      sqlFile('source/flushed.sql'),
      [log.takenAt],
    );
    const { flushed, waited_ms, writer_ms } = rows[0]!;
    now = { ...log, flushed: BigInt(flushed) };
    const [waitedMs, writerMs] = [Number(waited_ms), Number(writer_ms)];
    if (isFlushed(now) || (waitedMs > writerMs && arePagesFlushed(now))) return;
    if (waitedMs > writerMs + patienceMs) throw notFlushed(source, waitedMs, writerMs);
    await sleep(pauseMs);
  }
}

function notFlushed(source: string, waitedMs: number, writerMs: number): ApplicationFailure {
  const problem = `its newest transactions are still not on its disk after ${Math.round(waitedMs / 1000)} s, where its WAL writer should need ${writerMs / 1000} s, so a crash could take them back`;
  const advice = 'Nothing was landed. Check the disk of its WAL.';
  return createFailure(failureTypes.unavailable, { source, causes: [{ problem, advice }] });
}
