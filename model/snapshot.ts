/** The one instant of a source that a run reads. Transaction ids are xid8, as decimal text. */
export interface Snapshot {
  /** `pg_current_snapshot()`, whole. */
  readonly text: string;
  readonly xmin: string;
  readonly xmax: string;
  /** The source's clock just before the snapshot was taken (ISO 8601, UTC, microseconds): all that had committed by then is in it. */
  readonly takenAt: string;
}

/** Which server a snapshot belongs to. A position means nothing on another one. */
export interface Identity {
  readonly system: string;
  /** Name and oid: `shop/16384`. */
  readonly database: string;
  readonly timeline: string;
}

/** The snapshot of a source that a run has opened, and whose it is. */
export interface SourceSnapshot {
  readonly snapshot: Snapshot;
  readonly identity: Identity;
}

/** Half of the 2³¹ transactions over which `age()` can order two of them; farther back, a table is read whole. */
const readableDistance = 2n ** 30n;

/** Whether a sweep from `last` still sees every change that `now` can show. */
export function canSweep(last: Snapshot, now: Snapshot): boolean {
  return BigInt(now.xmax) - BigInt(last.xmin) <= readableDistance;
}

/**
 * Whether nothing at all changed between two snapshots of one primary: the same text, and no open transaction. An open
 * one keeps its id in the text while it commits, so `xmin` must equal `xmax`.
 */
export function nothingChanged(last: Snapshot, now: Snapshot): boolean {
  return last.text === now.text && now.xmin === now.xmax;
}
