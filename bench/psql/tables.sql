-- The warehouse of whoever does it by hand. Its clean tables are those of sql/warehouse/0002-session-star.sql, keys and
-- indexes included, without triggers and without a note of the batch; each host has raw tables of its own, which are truncated.
alter table clean.user_sessions drop column batch;
alter table clean.events drop column batch;
alter table clean.pages drop column batch;
alter table clean.transactions drop column batch;
alter table clean.exchange_rates drop column batch;

do $$
declare
  host text;
  name text;
begin
  foreach host in array string_to_array(current_setting('bench.hosts'), ',') loop
    execute format('create schema %I', 'raw_' || host);
    foreach name in array array['user_sessions', 'events', 'pages', 'transactions', 'exchange_rates'] loop
      execute format('create table %I.%I (like clean.%I)', 'raw_' || host, name, name);
    end loop;
  end loop;
end
$$;

create table public.seen (
  project text not null,
  name text not null,
  seen timestamp without time zone not null,
  primary key (project, name)
);
