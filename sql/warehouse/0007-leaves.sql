-- Clean and raw by source: a table is partitioned by project, and each source has a leaf of its own, whose unique index needs
-- no project, whose first load is indexed afterwards, and which no other source's landing touches. A leaf is attached bare
-- and empty at least a second before the landing that fills it: a query plans its tables one after the other, and would
-- otherwise see one table with the source and another without.
create schema part;
comment on schema part is 'The leaves of clean and raw: one per source and table, with the rows of that source.';

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
  end if;
end
$$;

-- A warehouse that holds rows keeps its flat tables: both shapes are served. The rates stay flat in any case, because every
-- source's prices read the rates of all.
do $$
declare
  name text;
begin
  if exists (select from clean.user_sessions) or exists (select from clean.events) or exists (select from clean.pages)
     or exists (select from clean.transactions) then
    return;
  end if;
  foreach name in array array['user_sessions', 'events', 'pages', 'transactions'] loop
    execute format('drop table clean.%I, raw.%I', name, name);
  end loop;

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

  foreach name in array array['user_sessions', 'events', 'pages', 'transactions'] loop
    perform analytics.create_note_triggers(format('clean.%I', name)::regclass, name);
    execute format(
      'create table raw.%I (like clean.%I) partition by list (project);
       alter table raw.%I
         alter column project set default current_setting(''tidehouse.project''),
         alter column batch set default current_setting(''tidehouse.batch'')',
      name, name, name
    );
  end loop;
end
$$;
