import type { Timeouts } from './timeouts.ts';

/**
 * The settings under which a value has the same text on both sides. They hold for the current transaction only, so that
 * a pooler's connection goes back unchanged.
 */
export const textSettings = `
    set local timezone = 'UTC';
    set local datestyle = 'ISO, YMD';
    set local intervalstyle = 'postgres';
    set local lc_monetary = 'C';
    set local extra_float_digits = 3;
    set local bytea_output = 'hex';`;

/** The timeouts as settings of the current transaction only. */
export function timeoutSettings(timeouts: Timeouts): string {
  return `
    set local statement_timeout = ${timeouts.statementMs};
    set local idle_in_transaction_session_timeout = ${timeouts.idleInTransactionMs};
    set local tcp_user_timeout = ${timeouts.tcpUserMs};
    set local tcp_keepalives_idle = 15;
    set local tcp_keepalives_interval = 5;
    set local tcp_keepalives_count = 4;`;
}
