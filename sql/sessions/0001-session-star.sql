-- The session star and the analytics above it, where the config asks for them. A warehouse from before 0.3 has had all of
-- this from the start: there, this file counts as applied.
create schema analytics;

create table clean.user_sessions (
  project text not null,
  user_id bigint not null,
  id bigint not null,
  active boolean,
  page_name text,
  last_activity_at timestamp without time zone,
  created_at timestamp without time zone,
  updated_at timestamp without time zone,
  batch text not null
) partition by list (project);

create table clean.events (
  project text not null,
  user_id bigint not null,
  id bigint not null,
  event_name text,
  page_id bigint,
  created_at timestamp without time zone,
  batch text not null
) partition by list (project);

create table clean.pages (
  project text not null,
  id bigint not null,
  name text,
  created_at timestamp without time zone,
  batch text not null
) partition by list (project);

create table clean.transactions (
  project text not null,
  id bigint not null,
  user_id bigint not null,
  created_at timestamp without time zone,
  amount numeric,
  currency text,
  success boolean,
  batch text not null
) partition by list (project);

-- Flat, because every source's prices read the rates of all.
create table clean.exchange_rates (
  project text not null,
  currency_from character varying not null,
  currency_to character varying not null,
  exchange_rate numeric,
  currency_date date not null,
  batch text not null,
  primary key (project, currency_from, currency_to, currency_date)
);
create index on clean.exchange_rates (currency_from, currency_to, currency_date);

-- Raw has the same columns and no key; the session that loads a batch says whose rows they are.
do $$
declare
  name text;
begin
  foreach name in array array['user_sessions', 'events', 'pages', 'transactions', 'exchange_rates'] loop
    execute format('create table raw.%I (like clean.%I)%s', name, name,
                   case when name <> 'exchange_rates' then ' partition by list (project)' end);
    execute format(
      'alter table raw.%I
         alter column project set default current_setting(''tidehouse.project''),
         alter column batch set default current_setting(''tidehouse.batch'')',
      name
    );
  end loop;
end
$$;

-- The one materialization: one row per session, kept by recomputing the sessions that changed.
create table analytics.session_metrics (
  project text not null,
  user_id bigint not null,
  id bigint not null,
  active boolean,
  page_name character varying,
  created_at timestamp without time zone,
  last_activity_at timestamp without time zone,
  updated_at timestamp without time zone,
  events bigint not null,
  transactions bigint not null,
  successful_transactions bigint not null,
  unpriced_transactions bigint not null,
  sum_in_usd numeric not null,
  first_id bigint,
  first_at timestamp without time zone,
  first_amount numeric,
  first_currency character varying,
  first_amount_in_usd numeric,
  first_usd_id bigint,
  first_usd_at timestamp without time zone,
  first_usd_amount numeric,
  primary key (project, user_id, id)
);

-- What is to be computed anew. Whatever writes clean, triggers note it in the same transaction. Both tables are append-only
-- for writers, so that nobody who lands waits for a refresh.
-- Notes are by project, user and range of time, written without a join: an insert into clean costs the same however many
-- sessions its users have. A null says nothing: a note without a user is about the whole project, one without an id about the
-- sessions of the user whose window meets [since, until], one without times about the session itself.
create table analytics.changed_session (
  project text not null,
  user_id bigint,
  id bigint,
  since timestamp without time zone,
  until timestamp without time zone
);
create index on analytics.changed_session (project);
comment on table analytics.changed_session is 'What changed below session_metrics, to be recomputed by the next refresh of the project: a session, the sessions of a user around a range of time, or (without a user) the whole project.';

-- A rate concerns the transactions of every project. The refresh hands it out to them, once it has committed: a trigger
-- would miss a project whose first landing is open at the same time.
create table analytics.changed_rate (
  currency text not null,
  day date not null,
  project text
);
comment on table analytics.changed_rate is 'Rates to USD that changed: without a project until a refresh hands them out to all, then one for each project.';

create function analytics.note_sessions() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_session (project, user_id, id)
  select project, user_id, id from changed_rows;
  return null;
end
$$;

-- A session that a person gives another key, or moves to another project, must lose its metrics under the old one. A landing
-- never changes a key, and notes nothing here.
create function analytics.note_moved_sessions() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_session (project, user_id, id)
  select project, user_id, id from old_rows
  except
  select project, user_id, id from new_rows;
  return null;
end
$$;

-- Times, not sessions: which sessions lie around them is asked by the refresh, of the windows as they are then. A session
-- whose window moves is noted by its own change.
create function analytics.note_sessions_around() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_session (project, user_id, since, until)
  select project, user_id, min(created_at), max(created_at)
  from changed_rows
  where created_at is not null
  group by project, user_id, created_at::date;
  return null;
end
$$;

create function analytics.note_rates() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_rate (currency, day)
  select distinct currency_from, currency_date from changed_rows where currency_to = 'USD';
  return null;
end
$$;

-- A statement through the parent fires the parent's triggers, a landing those of its leaf.
create function analytics.create_note_triggers(relation regclass, table_name text) returns void language plpgsql as $$
declare
  note text := case
    when table_name = 'user_sessions' then 'note_sessions'
    when table_name in ('events', 'transactions') then 'note_sessions_around'
  end;
begin
  if note is null then
    return;
  end if;
  execute format('create trigger note_inserted after insert on %s referencing new table as changed_rows
                  for each statement execute function analytics.%I()', relation, note);
  execute format('create trigger note_updated after update on %s referencing new table as changed_rows
                  for each statement execute function analytics.%I()', relation, note);
  execute format('create trigger note_deleted after delete on %s referencing old table as changed_rows
                  for each statement execute function analytics.%I()', relation, note);
  if note = 'note_sessions_around' then
    execute format('create trigger note_moved after update on %s referencing old table as changed_rows
                    for each statement execute function analytics.%I()', relation, note);
  else
    execute format('create trigger note_moved after update on %s referencing old table as old_rows new table as new_rows
                    for each statement execute function analytics.note_moved_sessions()', relation);
  end if;
end
$$;

-- Gives a new leaf of the session star what analytics needs: its secondary indexes and its triggers. Other tables get none.
create function analytics.prepare_leaf(leaf regclass, table_name text) returns void language plpgsql as $$
begin
  if table_name = 'user_sessions' then
    execute format('create index on %s (user_id, last_activity_at)', leaf);
  elsif table_name in ('events', 'transactions') then
    execute format('create index on %s (user_id, created_at)', leaf);
  end if;
  if table_name = 'transactions' then
    execute format('create index on %s using brin (created_at)', leaf);
  end if;
  perform analytics.create_note_triggers(leaf, table_name);
end
$$;

do $$
declare
  name text;
begin
  foreach name in array array['user_sessions', 'events', 'transactions'] loop
    perform analytics.create_note_triggers(format('clean.%I', name)::regclass, name);
  end loop;
end
$$;
create trigger note_inserted after insert on clean.exchange_rates referencing new table as changed_rows
  for each statement execute function analytics.note_rates();
create trigger note_updated after update on clean.exchange_rates referencing new table as changed_rows
  for each statement execute function analytics.note_rates();
create trigger note_moved after update on clean.exchange_rates referencing old table as changed_rows
  for each statement execute function analytics.note_rates();
create trigger note_deleted after delete on clean.exchange_rates referencing old table as changed_rows
  for each statement execute function analytics.note_rates();
