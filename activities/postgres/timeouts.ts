/**
 * How long activities wait for servers, in milliseconds. The servers get these limits too, so a frozen worker does not
 * block anything for long.
 */
export interface Timeouts {
  readonly connectMs: number;
  /** One statement, on either side. */
  readonly statementMs: number;
  /** A transaction whose client sends nothing. */
  readonly idleInTransactionMs: number;
  /** Unacknowledged data. Ends a COPY whose reader has stopped reading; a statement timeout would not. */
  readonly tcpUserMs: number;
  /** A lock in the warehouse, the fence included. */
  readonly warehouseLockMs: number;
  /** How long a leaf must have been attached before rows land in it for the first time: the longest planning of a query. */
  readonly newLeafMs: number;
  /** How long to go on asking for the lock under which a table of the warehouse is altered. */
  readonly alterMs: number;
  /** How long to go on asking for the source's locks, and how long to pause in between. */
  readonly sourceLockMs: number;
  readonly sourceLockPauseMs: number;
  /** One HTTP request, to the last byte of its response. */
  readonly requestMs: number;
}

export const defaultTimeouts: Timeouts = {
  connectMs: 10_000,
  statementMs: 30 * 60_000,
  idleInTransactionMs: 60_000,
  tcpUserMs: 60_000,
  warehouseLockMs: 15_000,
  newLeafMs: 1_000,
  alterMs: 60_000,
  sourceLockMs: 60_000,
  sourceLockPauseMs: 1_000,
  requestMs: 15_000,
};
