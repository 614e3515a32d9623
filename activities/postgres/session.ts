import type { Timeouts } from './timeouts.ts';

/**
 * Settings that give a value the same text on both sides. They apply to the current transaction only, so a connection
 * returns to its pooler unchanged.
 */
export const textSettings = `
    set local timezone = 'UTC';
    set local datestyle = 'ISO, YMD';
    set local intervalstyle = 'postgres';
    set local lc_monetary = 'C';
    set local extra_float_digits = 3;
    set local bytea_output = 'hex';`;

/** The timeouts as settings for the current transaction only. */
export function timeoutSettings(timeouts: Timeouts): string {
  return `
    set local statement_timeout = ${timeouts.statementMs};
    set local idle_in_transaction_session_timeout = ${timeouts.idleInTransactionMs};
    set local tcp_user_timeout = ${timeouts.tcpUserMs};
    set local tcp_keepalives_idle = 15;
    set local tcp_keepalives_interval = 5;
    set local tcp_keepalives_count = 4;`;
}
