import type { ClientBase } from 'pg';
import { pick } from './row.ts';
import type { Change, Key } from './row.ts';
import { below, oneOf } from './random.ts';
import type { Random } from './random.ts';

const open = `active and last_activity_at > now() at time zone 'utc' - interval '30 minutes'`;

/** A user arrives: a new session of a known user or, every fourth time, of a new one. */
export async function startSession(client: ClientBase, random: Random): Promise<Key> {
  const { rows } = await client.query<Key>(
    `insert into user_sessions (user_id, page_name, last_activity_at, created_at, updated_at)
     select case when $1::double precision < 0.25 then last + 1 else 1 + floor($2::double precision * last) end, name, at, at, at
     from (select coalesce(max(user_id), 1) from user_sessions) u(last),
          (select now() at time zone 'utc') n(at),
          (select name from pages order by id offset floor($3::double precision * (select count(*) from pages)) limit 1) p
     returning user_id::text, id::text`,
    [random(), random(), random()],
  );
  if (!rows[0]) throw new Error('The source has no pages; was it seeded?');
  return rows[0];
}

/** Extends the session's window to now, as an application does for each user activity. */
async function moveActivity(client: ClientBase, session: Key): Promise<void> {
  await client.query(
    `update user_sessions
     set last_activity_at = now() at time zone 'utc',
         updated_at = now() at time zone 'utc'
     where user_id = $1 and id = $2`,
    [session.user_id, session.id],
  );
}

async function addEvent(client: ClientBase, session: Key, random: Random): Promise<void> {
  await client.query(
    `insert into events (user_id, event_name, page_id, created_at)
     values ($1, $2, $3, now() at time zone 'utc')`,
    [
      session.user_id,
      oneOf(['page_view', 'click', 'scroll', 'search', 'add_to_cart'], random),
      1 + below(60, random),
    ],
  );
}

/** Records up to five events of a session, and extends its window. */
export async function recordEventsIn(client: ClientBase, session: Key, random: Random): Promise<number> {
  const events = 1 + below(5, random);
  for (let n = 0; n < events; n++) await addEvent(client, session, random);
  await moveActivity(client, session);
  return events + 1;
}

/** A transaction in a session; every tenth is after the session's last activity and does not belong to a session yet. */
export async function payIn(client: ClientBase, session: Key, random: Random): Promise<number> {
  await client.query(
    `insert into transactions (user_id, created_at, amount, currency, success)
     values ($1, now() at time zone 'utc', round($2::numeric, 2), $3, $4)`,
    [
      session.user_id,
      1 + 499 * random() ** 3,
      oneOf(['USD', 'USD', 'EUR', 'GBP', 'PLN', 'BYN', 'KZT'], random),
      oneOf([null, null, true, false], random),
    ],
  );
  if (random() < 0.1) return 1;
  await moveActivity(client, session);
  return 2;
}

const anOpenSession = async (client: ClientBase, random: Random): Promise<Key> =>
  (await pick(client, 'user_sessions', open, random)) ?? (await startSession(client, random));

export const openSession: Change = async (client, random) => {
  const session = await startSession(client, random);
  return 1 + (await recordEventsIn(client, session, random));
};

export const recordEvents: Change = async (client, random) =>
  recordEventsIn(client, await anOpenSession(client, random), random);

export const pay: Change = async (client, random) =>
  payIn(client, await anOpenSession(client, random), random);

/** Events written inside savepoints, whose rows carry the xid of a subtransaction; one of them is rolled back. */
export const recordInSavepoints: Change = async (client, random) => {
  const session = await anOpenSession(client, random);
  const events = 2 + below(4, random);
  const rolledBack = below(events, random);
  for (let n = 0; n < events; n++) {
    await client.query('savepoint attempt');
    await addEvent(client, session, random);
    if (n === rolledBack) await client.query('rollback to savepoint attempt');
    await client.query('release savepoint attempt');
  }
  await moveActivity(client, session);
  return events;
};

/** Ends the session with the oldest last activity. */
export const closeSession: Change = async (client) => {
  const closed = await client.query(
    `update user_sessions
     set active = false,
         updated_at = now() at time zone 'utc'
     where (user_id, id) = (
       select user_id, id from user_sessions where active order by last_activity_at, user_id, id limit 1
     )`,
  );
  return closed.rowCount ?? 0;
};
