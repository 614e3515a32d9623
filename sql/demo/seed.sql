-- Ninety days of a project, up to the midnight before demo.today. The same project and day produce the same rows; another
-- project produces different ones:
--   PGOPTIONS="-c demo.project=project_a -c demo.today=2026-01-31" psql -1 -f sql/demo/seed.sql <url of the source>

-- A number in [0, 1) that depends only on the project, its purpose and the row.
create function pg_temp.chance(what text, i bigint) returns double precision
language sql stable
return (hashtextextended(current_setting('demo.project') || '/' || what || '/' || i, 0) & 1125899906842623)
  / 1125899906842624.0::double precision;

create function pg_temp.today() returns timestamp without time zone
language sql stable
return current_setting('demo.today')::date;

insert into public.pages (id, name, created_at)
select i,
       -- Realistic names: commas, quotes, other alphabets.
       (array['Home', 'Pricing', 'Search', 'Cart, page 2', '"Deals"', 'Оплата', 'Help & FAQ', 'Łódź', E'Back\\slash', 'Blog'])
         [1 + (i - 1) % 10] || ' ' || 1 + (i - 1) / 10,
       pg_temp.today() - interval '120 days' + pg_temp.chance('page', i) * interval '29 days'
from generate_series(1, 60) i;

with drawn as (
  select 1 + floor((400 + 60 * pg_temp.chance('users', 0)) * pg_temp.chance('session user', i) ^ 1.3)::integer as user_id,
         pg_temp.today() - interval '2 hours' - pg_temp.chance('session start', i) * interval '88 days' as created_at,
         interval '2 minutes' + pg_temp.chance('session length', i) ^ 2 * interval '58 minutes' as length,
         1 + floor(60 * pg_temp.chance('session page', i))::integer as page_id,
         pg_temp.chance('session page name', i) as named,
         i
  from generate_series(1, 2400 + floor(200 * pg_temp.chance('sessions', 0))::integer) i
)
insert into public.user_sessions (user_id, id, active, page_name, last_activity_at, created_at, updated_at)
select d.user_id,
       row_number() over (partition by d.user_id order by d.created_at, d.i),
       false,
       case when d.named < 0.02 then null when d.named < 0.04 then '' else p.name end,
       d.created_at + d.length,
       d.created_at,
       d.created_at + d.length
from drawn d
join public.pages p on p.id = d.page_id;

-- Nine rows out of ten are in a session, some at its very first or last instant; the tenth is up to three hours before it.
create function pg_temp.instant(what text, i bigint, s public.user_sessions) returns timestamp without time zone
language sql stable
return case
  when pg_temp.chance(what || ' inside', i) < 0.02 then s.created_at
  when pg_temp.chance(what || ' inside', i) < 0.04 then s.last_activity_at
  when pg_temp.chance(what || ' inside', i) < 0.9
    then s.created_at + pg_temp.chance(what || ' at', i) * (s.last_activity_at - s.created_at)
  else s.created_at - pg_temp.chance(what || ' at', i) * interval '3 hours'
end;

create temporary table numbered_session on commit drop as
select row_number() over (order by user_id, id) as n, s as session
from public.user_sessions s;

with drawn as materialized (
  select (s.session).user_id,
         i,
         pg_temp.instant('event', i, s.session) as created_at
  from generate_series(1, 22000 + floor(2000 * pg_temp.chance('events', 0))::integer) i
  join numbered_session s
    on s.n = 1 + floor((select count(*) from numbered_session) * pg_temp.chance('event session', i))::bigint
)
insert into public.events (user_id, id, event_name, page_id, created_at)
select user_id,
       row_number() over (partition by user_id order by created_at, i),
       (array['page_view', 'page_view', 'page_view', 'click', 'click', 'scroll', 'search', 'add_to_cart', 'sign_in', 'error'])
         [1 + floor(10 * pg_temp.chance('event name', i))::integer],
       case when pg_temp.chance('event page', i) < 0.97 then 1 + floor(60 * pg_temp.chance('event page id', i))::integer end,
       created_at
from drawn;

with drawn as materialized (
  select (s.session).user_id,
         i,
         pg_temp.instant('transaction', i, s.session) as created_at,
         pg_temp.chance('transaction success', i) as success,
         pg_temp.chance('transaction currency', i) as currency
  from generate_series(1, 3200 + floor(400 * pg_temp.chance('transactions', 0))::integer) i
  join numbered_session s
    on s.n = 1 + floor((select count(*) from numbered_session) * pg_temp.chance('transaction session', i))::bigint
)
insert into public.transactions (id, user_id, created_at, amount, currency, success)
select row_number() over (partition by user_id order by created_at, i),
       user_id,
       created_at,
       round((1 + 499 * pg_temp.chance('transaction amount', i) ^ 3)::numeric, 2),
       case
         when currency < 0.38 then 'USD'
         when currency < 0.60 then 'EUR'
         when currency < 0.70 then 'GBP'
         when currency < 0.82 then 'PLN'
         when currency < 0.97 then 'BYN'
         else 'KZT'
       end,
       case when success < 0.72 then true when success < 0.9 then false end
from drawn;

-- No rates on weekends and on a few other days; the rouble's are missing for twelve days, longer than a rate is valid; the
-- tenge has none. One pair has the other direction, which exposes queries that forget currency_to.
with pair (currency_from, currency_to, middle) as (
  values ('EUR', 'USD', 1.08), ('GBP', 'USD', 1.27), ('PLN', 'USD', 0.25), ('BYN', 'USD', 0.31), ('USD', 'EUR', 0.93)
)
insert into public.exchange_rates (currency_from, currency_to, exchange_rate, currency_date)
select currency_from,
       currency_to,
       round((middle * (1 + 0.03 * sin(back / 9.0) + 0.01 * pg_temp.chance('rate ' || currency_from, back)))::numeric, 6),
       pg_temp.today()::date - back
from pair
cross join generate_series(1, 90) back
where extract(isodow from pg_temp.today() - back * interval '1 day') < 6
  and pg_temp.chance('rate missing ' || currency_from, back) > 0.03
  and not (currency_from = 'BYN' and back between 40 and 51);

select setval(pg_get_serial_sequence('public.user_sessions', 'id'), 1000000);
select setval(pg_get_serial_sequence('public.events', 'id'), 1000000);
select setval(pg_get_serial_sequence('public.transactions', 'id'), 1000000);
select setval(pg_get_serial_sequence('public.pages', 'id'), (select max(id) from public.pages));

drop table numbered_session;
drop function pg_temp.instant(text, bigint, public.user_sessions), pg_temp.chance(text, bigint), pg_temp.today();
analyze public.user_sessions, public.events, public.pages, public.transactions, public.exchange_rates;
