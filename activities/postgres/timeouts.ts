/** How long the steps wait for servers, in milliseconds. Servers are told too, so that a frozen worker holds nothing for long. */
export interface Timeouts {
  readonly connectMs: number;
  /** One statement, on either side. */
  readonly statementMs: number;
  /** A transaction whose client says nothing. */
  readonly idleInTransactionMs: number;
  /** Unacknowledged data; ends a COPY whose reader stands still, which no statement timeout does. */
  readonly tcpUserMs: number;
  /** A lock in the warehouse, the fence included. */
  readonly warehouseLockMs: number;
  /** How long to go on asking for the source's locks, and how long to stand back in between. */
  readonly sourceLockMs: number;
  readonly sourceLockPauseMs: number;
  /** One request over HTTP, to the last byte of its answer. */
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

/** The timeouts as settings of the current transaction only, so that a pooler's connection goes back unchanged. */
export function timeoutSettings(timeouts: Timeouts): string {
  return `
    set local statement_timeout = ${timeouts.statementMs};
    set local idle_in_transaction_session_timeout = ${timeouts.idleInTransactionMs};
    set local tcp_user_timeout = ${timeouts.tcpUserMs};
    set local tcp_keepalives_idle = 15;
    set local tcp_keepalives_interval = 5;
    set local tcp_keepalives_count = 4;`;
}
