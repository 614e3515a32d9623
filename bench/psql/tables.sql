-- The warehouse of the hand-written scripts. Its clean tables are those of sql/warehouse/0002-session-star.sql with keys and
-- indexes, but without triggers and the column batch. Each source has its own raw tables, which are truncated.
alter table clean.user_sessions drop column batch;
alter table clean.events drop column batch;
alter table clean.pages drop column batch;
alter table clean.transactions drop column batch;
alter table clean.exchange_rates drop column batch;

do $$
declare
  source text;
  name text;
begin
  foreach source in array string_to_array(current_setting('bench.sources'), ',') loop
    execute format('create schema %I', 'raw_' || source);
    foreach name in array array['user_sessions', 'events', 'pages', 'transactions', 'exchange_rates'] loop
      execute format('create table %I.%I (like clean.%I)', 'raw_' || source, name, name);
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
