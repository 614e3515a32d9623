import type { Client } from 'pg';
import type { PostgresUrl } from './url.ts';

/** The states of a server to look for, one after the other, in libpq's words. */
export function wantedStates({
  parameters: { target_session_attrs: wanted = 'any' },
}: PostgresUrl): string[] {
  return wanted === 'prefer-standby' ? ['standby', 'any'] : [wanted];
}

/** That the server is not in the `wanted` state, as a sentence; undefined when it is. */
export async function otherState(client: Client, wanted: string): Promise<string | undefined> {
  if (wanted === 'any') return undefined;
  const { rows } = await client.query<{ standby: string; read_only: string }>(
    `select pg_is_in_recovery() as standby, current_setting('transaction_read_only') as read_only`,
  );
  const role = rows[0]!.standby === 't' ? 'standby' : 'primary';
  const access = rows[0]!.read_only === 'on' ? 'read-only' : 'read-write';
  if (wanted === role || wanted === access) return undefined;
  const state = /^read/.test(wanted) ? access : `a ${role}`;
  return `the server is ${state}, but target_session_attrs asks for ${wanted}`;
}
