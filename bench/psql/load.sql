-- A careful engineer's script for one source: new rows by cursor into files, from the files into the source's own raw
-- tables, and from there into clean. It starts in the warehouse, in a separate folder, with these variables:
--   psql -v project=project_a -v raw=raw_project_a -v rates=on -v source=<url> -v warehouse=<url> -f load.sql <url>
\set ON_ERROR_STOP on

select coalesce(max(seen) filter (where name = 'user_sessions'), '-infinity') as sessions,
       coalesce(max(seen) filter (where name = 'events'), '-infinity') as events,
       coalesce(max(seen) filter (where name = 'pages'), '-infinity') as pages,
       coalesce(max(seen) filter (where name = 'transactions'), '-infinity') as transactions,
       coalesce(max(seen) filter (where name = 'exchange_rates'), '-infinity') as rates_seen
from seen where project = :'project' \gset

\connect :source
copy (select :'project', user_id, id, active, page_name, last_activity_at, created_at, updated_at
      from user_sessions where updated_at > :'sessions') to stdout (format csv) \g user_sessions.csv
copy (select :'project', user_id, id, event_name, page_id, created_at
      from events where created_at > :'events') to stdout (format csv) \g events.csv
copy (select :'project', id, name, created_at
      from pages where created_at > :'pages') to stdout (format csv) \g pages.csv
copy (select :'project', id, user_id, created_at, amount, currency, success
      from transactions where created_at > :'transactions') to stdout (format csv) \g transactions.csv
copy (select :'project', currency_from, currency_to, exchange_rate, currency_date
      from exchange_rates where :'rates' = 'on' and currency_date > :'rates_seen'::date) to stdout (format csv) \g exchange_rates.csv

\connect :warehouse
set search_path = :"raw";
begin;
truncate user_sessions, events, pages, transactions, exchange_rates;
\copy user_sessions (project, user_id, id, active, page_name, last_activity_at, created_at, updated_at) from 'user_sessions.csv' csv
\copy events (project, user_id, id, event_name, page_id, created_at) from 'events.csv' csv
\copy pages (project, id, name, created_at) from 'pages.csv' csv
\copy transactions (project, id, user_id, created_at, amount, currency, success) from 'transactions.csv' csv
\copy exchange_rates (project, currency_from, currency_to, exchange_rate, currency_date) from 'exchange_rates.csv' csv

insert into clean.user_sessions
select * from user_sessions
on conflict (project, user_id, id) do update
set (active, page_name, last_activity_at, created_at, updated_at)
  = (excluded.active, excluded.page_name, excluded.last_activity_at, excluded.created_at, excluded.updated_at);
insert into clean.events
select * from events
on conflict (project, user_id, id) do update
set (event_name, page_id, created_at) = (excluded.event_name, excluded.page_id, excluded.created_at);
insert into clean.pages
select * from pages
on conflict (project, id) do update set (name, created_at) = (excluded.name, excluded.created_at);
insert into clean.transactions
select * from transactions
on conflict (project, user_id, id) do update
set (created_at, amount, currency, success)
  = (excluded.created_at, excluded.amount, excluded.currency, excluded.success);
insert into clean.exchange_rates
select * from exchange_rates
on conflict (project, currency_from, currency_to, currency_date) do update set exchange_rate = excluded.exchange_rate;

insert into public.seen (project, name, seen)
select :'project', name, seen
from (select 'user_sessions' as name, max(updated_at) as seen from user_sessions
      union all select 'events', max(created_at) from events
      union all select 'pages', max(created_at) from pages
      union all select 'transactions', max(created_at) from transactions
      union all select 'exchange_rates', max(currency_date) from exchange_rates) newest
where seen is not null
on conflict (project, name) do update set seen = excluded.seen;
commit;
