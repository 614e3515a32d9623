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
  /** How long to keep trying to lock the source's tables, and the pause between two attempts. */
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
  sourceLockMs: 60_000,
  sourceLockPauseMs: 1_000,
  requestMs: 15_000,
};
