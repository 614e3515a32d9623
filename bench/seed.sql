-- Ninety days of a busy source, up to bench.start. The same source and scale produce the same rows. Rows are stored in
-- the order of their time, as an application writes them; users return at random.
--   PGOPTIONS="-c bench.source=1 -c bench.scale=1 -c bench.start=2026-01-31" psql -1 -f bench/seed.sql <url of the source>

-- A number in [0, 1) that depends only on the source, its purpose and the row.
create function pg_temp.chance(purpose integer, i bigint) returns double precision
language sql stable
return (hashint8extended(i, 1000 * current_setting('bench.source')::bigint + purpose) & 1125899906842623)
  / 1125899906842624.0::double precision;

create function pg_temp.size(full_size integer) returns integer
language sql stable
return ceil(full_size * current_setting('bench.scale')::double precision)::integer;

create function pg_temp.start() returns timestamp without time zone
language sql stable
return current_setting('bench.start')::timestamp;

insert into public.pages (id, name, created_at)
select i, 'page ' || i, pg_temp.start() - interval '100 days'
from generate_series(1, 60) i;

insert into public.user_sessions (user_id, id, active, page_name, last_activity_at, created_at, updated_at)
select user_id, i, false, 'page ' || page, created_at + length, created_at, created_at + length
from (
  select i,
         1 + floor(pg_temp.size(5000) * pg_temp.chance(1, i))::integer as user_id,
         1 + floor(60 * pg_temp.chance(2, i))::integer as page,
         pg_temp.start() - interval '90 days' + (i - 1) * (interval '89 days 23 hours' / pg_temp.size(50000)) as created_at,
         interval '2 minutes' + pg_temp.chance(3, i) * interval '50 minutes' as length
  from generate_series(1, pg_temp.size(50000)) i
) drawn;

-- Ten events and one transaction per session; one in ten is outside its time window.
create temporary table numbered_session on commit drop as
select id as n, user_id, created_at, last_activity_at - created_at as length from public.user_sessions;
create index on numbered_session (n);
analyze numbered_session;

insert into public.events (user_id, id, event_name, page_id, created_at)
select s.user_id,
       i,
       (array['page_view', 'click', 'scroll', 'search', 'add_to_cart'])[1 + floor(5 * pg_temp.chance(4, i))::integer],
       1 + floor(60 * pg_temp.chance(5, i))::integer,
       s.created_at + s.length * (1.1 * pg_temp.chance(6, i))
from generate_series(1, pg_temp.size(500000)) i
join numbered_session s on s.n = 1 + (i - 1) / 10
order by i;

insert into public.transactions (id, user_id, created_at, amount, currency, success)
select i,
       s.user_id,
       s.created_at + s.length * (1.1 * pg_temp.chance(7, i)),
       round((1 + 499 * pg_temp.chance(8, i))::numeric, 2),
       (array['USD', 'USD', 'EUR', 'GBP', 'PLN'])[1 + floor(5 * pg_temp.chance(9, i))::integer],
       case when pg_temp.chance(10, i) < 0.6 then true when pg_temp.chance(10, i) < 0.7 then false end
from generate_series(1, pg_temp.size(50000)) i
join numbered_session s on s.n = 1 + floor(pg_temp.size(50000) * pg_temp.chance(11, i))::integer
order by s.created_at;

insert into public.exchange_rates (currency_from, currency_to, exchange_rate, currency_date)
select currency, 'USD', round((middle * (1 + 0.03 * sin(back / 9.0)))::numeric, 6), pg_temp.start()::date - back
from (values ('EUR', 1.08), ('GBP', 1.27), ('PLN', 0.25), ('BYN', 0.31)) pair (currency, middle)
cross join generate_series(1, 90) back;

drop table numbered_session;
drop function pg_temp.chance(integer, bigint), pg_temp.size(integer), pg_temp.start();
analyze public.user_sessions, public.events, public.pages, public.transactions, public.exchange_rates;
