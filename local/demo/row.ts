import type { ClientBase } from 'pg';
import type { Random } from './random.ts';

/**
 * One change by an application to its tables, in a transaction that the caller begins and commits. Returns the number of
 * rows written: 0 when there was no row to change.
 */
export type Change = (client: ClientBase, random: Random) => Promise<number>;

/** The key of a session, an event or a transaction, as text. */
export interface Key {
  readonly user_id: string;
  readonly id: string;
}

/** The key of a random row of a table that satisfies `where`. */
export async function pick(
  client: ClientBase,
  table: 'user_sessions' | 'events' | 'transactions',
  where: string,
  random: Random,
): Promise<Key | undefined> {
  const { rows } = await client.query<Key>(
    `select t.user_id::text, t.id::text
     from ${table} t
     where ${where}
     order by t.user_id, t.id
     offset floor($1::double precision * (select count(*) from ${table} where ${where}))
     limit 1`,
    [random()],
  );
  return rows[0];
}
