import { below } from './random.ts';
import { pick } from './row.ts';
import type { Change } from './row.ts';

const old = `created_at < now() at time zone 'utc' - interval '1 day'`;

/** The bank settles or reverses a transaction late, without a timestamp. */
export const flipSuccess: Change = async (client, random) => {
  const which = random() < 0.7 ? 'success is null' : 'true';
  const found = await pick(client, 'transactions', which, random);
  if (!found) return 0;
  const flipped = await client.query(
    `update transactions
     set success = success is not true
     where user_id = $1 and id = $2`,
    [found.user_id, found.id],
  );
  return flipped.rowCount ?? 0;
};

/** An event recorded in error is deleted. */
export const deleteEvent: Change = async (client, random) => {
  const found = await pick(client, 'events', 'true', random);
  if (!found) return 0;
  const gone = await client.query('delete from events where user_id = $1 and id = $2', [
    found.user_id,
    found.id,
  ]);
  return gone.rowCount ?? 0;
};

/** A user asks to be forgotten: an old session is deleted together with its events. */
export const deleteOldSession: Change = async (client, random) => {
  const found = await pick(client, 'user_sessions', old, random);
  if (!found) return 0;
  const events = await client.query(
    `with gone as (
       delete from user_sessions
       where user_id = $1 and id = $2
       returning user_id, created_at, last_activity_at
     )
     delete from events e
     using gone g
     where e.user_id = g.user_id
       and e.created_at between g.created_at and g.last_activity_at`,
    [found.user_id, found.id],
  );
  return 1 + (events.rowCount ?? 0);
};

/** A visitor turns out to be a known user: the keys of an old session and its events change. */
export const changeKeys: Change = async (client, random) => {
  const found = await pick(client, 'user_sessions', old, random);
  const known = await pick(client, 'user_sessions', old, random);
  if (!found || !known || found.user_id === known.user_id) return 0;
  const events = await client.query(
    `with moved as (
       update user_sessions
       set user_id = $3,
           id = default,
           updated_at = now() at time zone 'utc'
       where user_id = $1 and id = $2
       returning created_at, last_activity_at
     )
     update events e
     set user_id = $3,
         id = default
     from moved m
     where e.user_id = $1
       and e.created_at between m.created_at and m.last_activity_at`,
    [found.user_id, found.id, known.user_id],
  );
  return 1 + (events.rowCount ?? 0);
};

/** An exchange rate of one of the last three days is published or corrected. */
export const setRate: Change = async (client, random) => {
  const set = await client.query(
    `insert into exchange_rates (currency_from, currency_to, exchange_rate, currency_date)
     select currency_from,
            'USD',
            round(exchange_rate * (0.99 + 0.02 * $1::numeric), 6),
            (now() at time zone 'utc')::date - $2::integer
     from (
       select distinct on (currency_from) currency_from, exchange_rate
       from exchange_rates
       where currency_to = 'USD'
       order by currency_from, currency_date desc
     ) latest
     order by currency_from
     offset floor($3::double precision * (select count(distinct currency_from) from exchange_rates where currency_to = 'USD'))
     limit 1
     on conflict (currency_from, currency_to, currency_date) do update
     set exchange_rate = excluded.exchange_rate`,
    [random(), below(3, random), random()],
  );
  return set.rowCount ?? 0;
};
