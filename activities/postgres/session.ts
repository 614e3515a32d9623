import type { Client } from 'pg';
import { serverVersion } from './server-version.ts';
import type { Timeouts } from './timeouts.ts';

/** A setting of the server, the value that Tidehouse needs, and the first major version that has it. */
export interface PinnedSetting {
  readonly name: string;
  readonly value: string | number;
  readonly since?: number;
}

/**
 * Every setting that changes the text of values, or what a statement does, on either side. A role or a database may have
 * set it to anything.
 */
export const pinnedSettings: readonly PinnedSetting[] = [
  // The text of values.
  { name: 'client_encoding', value: 'UTF8' },
  { name: 'timezone', value: 'UTC' },
  { name: 'datestyle', value: 'ISO, YMD' },
  { name: 'intervalstyle', value: 'postgres' },
  { name: 'lc_monetary', value: 'C' },
  { name: 'extra_float_digits', value: 3 },
  { name: 'bytea_output', value: 'hex' },
  // How text becomes a value.
  { name: 'array_nulls', value: 'on' },
  { name: 'xmloption', value: 'content' },
  { name: 'standard_conforming_strings', value: 'on' },
  // The names of types and objects.
  { name: 'quote_all_identifiers', value: 'off' },
  // A query that row-level security would filter fails instead of silently omitting rows.
  { name: 'row_security', value: 'off' },
  // A search in a GIN index would return some of the rows.
  { name: 'gin_fuzzy_search_limit', value: 0 },
  // An error that is expected, such as a lock that is taken, would end the session.
  { name: 'exit_on_error', value: 'off' },
  // Other table access methods have no xmin, or refuse ON CONFLICT.
  { name: 'default_table_access_method', value: 'heap' },
  // To compile a statement takes longer than to run it.
  { name: 'jit', value: 'off' },
  // The other timeouts limit whatever can hang.
  { name: 'transaction_timeout', value: 0, since: 17 },
];

/**
 * The statements that pin every setting of `client` that matters, and limit how long it may wait: for locks `lockMs`. They
 * hold for the current transaction only, so a connection returns to its pooler unchanged, and take no snapshot.
 */
export function sessionSettings(client: Client, timeouts: Timeouts, lockMs: number): string {
  return setLocal(client, [...pinnedSettings, ...limits(timeouts, lockMs)]);
}

/** The statements that pin every setting of `client` that matters, for the current transaction only. */
export function pinSettings(client: Client): string {
  return setLocal(client, pinnedSettings);
}

/** The limits, under which a server itself ends the transaction of a frozen worker. */
export function limits(timeouts: Timeouts, lockMs: number): PinnedSetting[] {
  return [
    { name: 'lock_timeout', value: lockMs },
    { name: 'statement_timeout', value: timeouts.statementMs },
    { name: 'idle_in_transaction_session_timeout', value: timeouts.idleInTransactionMs },
    { name: 'tcp_user_timeout', value: timeouts.tcpUserMs },
    { name: 'tcp_keepalives_idle', value: 15 },
    { name: 'tcp_keepalives_interval', value: 5 },
    { name: 'tcp_keepalives_count', value: 4 },
  ];
}

function setLocal(client: Client, settings: readonly PinnedSetting[]): string {
  const version = serverVersion(client);
  return settings
    .filter(({ since = 0 }) => since <= version)
    .map(({ name, value }) => `set local ${name} = '${value}';`)
    .join('\n');
}
