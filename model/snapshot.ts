/** The instant of a source that a run reads. Transaction ids are xid8, as decimal text. */
export interface Snapshot {
  /** The complete text of `pg_current_snapshot()`. */
  readonly text: string;
  readonly xmin: string;
  readonly xmax: string;
  /**
   * The source's clock just before the snapshot (ISO 8601, UTC, microseconds): the snapshot has everything committed by
   * then.
   */
  readonly takenAt: string;
  /**
   * How far the source's clock was ahead of the warehouse's, in seconds; negative when it was behind, absent when it was
   * not compared.
   */
  readonly clockAhead?: number;
}

/** How far a source's clock may be off before it is a problem, in seconds. */
export const toleratedClockSeconds = 60;

/** The server of a snapshot. A position is meaningless on any other. */
export interface Identity {
  readonly system: string;
  /** Name and oid: `shop/16384`. */
  readonly database: string;
  readonly timeline: string;
}

/** A snapshot and the server that it belongs to. */
export interface SourceSnapshot {
  readonly snapshot: Snapshot;
  readonly identity: Identity;
  /** It is of a standby. It then does not name the open transactions, but its xmin is the oldest of them. */
  readonly standby?: true;
  /** Changes with what may empty or hide a table without a transaction: a start or a recovery of the server, another role. */
  readonly state?: string;
}

/** Half of the 2³¹ transactions within which `age()` can compare two; farther back, a table is read whole. */
const readableDistance = 2n ** 30n;

/** Whether a sweep from `last` still sees every change that `now` can show. */
export function canSweep(last: Snapshot, now: Snapshot): boolean {
  return BigInt(now.xmax) - BigInt(last.xmin) <= readableDistance;
}

/**
 * Whether nothing changed between two snapshots of one primary: the same text, and no open transaction. An open
 * transaction keeps its id in the text while it commits, so `xmin` must equal `xmax`.
 */
export function nothingChanged(last: Snapshot, now: Snapshot): boolean {
  return last.text === now.text && now.xmin === now.xmax;
}
