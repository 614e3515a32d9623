import type { Client } from 'pg';
import type { SourceSnapshot } from '../../../model/snapshot.ts';

/** A server's clock: what time it is by it, in milliseconds since 1970. */
export type Clock = () => number;

/** Reads the clock of the server of `client`, to read the time off it from now on. */
export async function readClock(client: Client): Promise<Clock> {
  const { rows } = await client.query<{ now: string }>('select extract(epoch from clock_timestamp()) as now');
  const ahead = Number(rows[0]!.now) * 1000 - performance.now();
  return () => performance.now() + ahead;
}

/** A snapshot that has just been taken, with how far the source's clock is ahead of `clock`. */
export function comparedWith(clock: Clock, now: SourceSnapshot): SourceSnapshot {
  const { snapshot } = now;
  // Of a standby, it is not when the snapshot was taken but through when it is complete.
  if (now.standby) return now;
  const clockAhead = Math.round(Date.parse(snapshot.takenAt) - clock()) / 1000;
  return { ...now, snapshot: { ...snapshot, clockAhead } };
}
