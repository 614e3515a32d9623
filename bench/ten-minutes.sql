-- Ten minutes of a source's application, round bench.round after bench.start. Half of the changed sessions are new, half
-- continue from the previous round; the new ones get events and transactions; and the bank settles older transactions, which
-- no timestamp shows. Run it in one transaction, with the settings of seed.sql.

create function pg_temp.chance(purpose integer, i bigint) returns double precision
language sql stable
return (hashint8extended(i, 1000 * current_setting('bench.source')::bigint + purpose) & 1125899906842623)
  / 1125899906842624.0::double precision;

create function pg_temp.size(full_size integer) returns integer
language sql stable
return ceil(full_size * current_setting('bench.scale')::double precision)::integer;

create function pg_temp.since() returns timestamp without time zone
language sql stable
return current_setting('bench.start')::timestamp + (current_setting('bench.round')::integer - 1) * interval '10 minutes';

update public.user_sessions s
set last_activity_at = s.last_activity_at + interval '9 minutes',
    updated_at = pg_temp.since() + interval '9 minutes'
from (select user_id, id from public.user_sessions order by id desc limit pg_temp.size(1000)) latest
where (s.user_id, s.id) = (latest.user_id, latest.id);

create temporary table new_session on commit drop as
select i as n,
       (select max(id) from public.user_sessions) + i as id,
       1 + floor(pg_temp.size(5000) * pg_temp.chance(1, i + 1000000 * current_setting('bench.round')::bigint))::integer as user_id,
       pg_temp.since() + pg_temp.chance(3, i) * interval '5 minutes' as created_at
from generate_series(1, pg_temp.size(1000)) i;

insert into public.user_sessions (user_id, id, active, page_name, last_activity_at, created_at, updated_at)
select user_id, id, true, 'page 1', created_at + interval '4 minutes', created_at, created_at + interval '4 minutes'
from new_session;

insert into public.events (user_id, id, event_name, page_id, created_at)
select s.user_id, last.id + i, 'page_view', 1 + i % 60, s.created_at + pg_temp.chance(6, i) * interval '4.4 minutes'
from generate_series(1, pg_temp.size(10000)) i
join new_session s on s.n = 1 + (i - 1) / 10
cross join (select max(id) as id from public.events) last;

insert into public.transactions (id, user_id, created_at, amount, currency, success)
select last.id + i, s.user_id, s.created_at + pg_temp.chance(7, i) * interval '4.4 minutes', i % 500, 'EUR',
       case when i % 3 > 0 then true end
from generate_series(1, pg_temp.size(1000)) i
join new_session s on s.n = i
cross join (select max(id) as id from public.transactions) last;

update public.transactions t
set success = true
from (
  select user_id, id
  from public.transactions
  where success is null and created_at < pg_temp.since()
  order by pg_temp.chance(12, id)
  limit pg_temp.size(500)
) settled
where (t.user_id, t.id) = (settled.user_id, settled.id);

drop table new_session;
drop function pg_temp.chance(integer, bigint), pg_temp.size(integer), pg_temp.since();
