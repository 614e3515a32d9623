-- The warehouse's schema after all migrations and definitions of this version, to read it and to show in a review what a migration
-- changes. Generated from the catalogue of a migrated warehouse by: npm run schema
-- A test compares it with the result of "tidehouse migrate". Nothing runs it. The search_path of the database, which the first
-- migration sets, is not part of it.

create schema analytics;
create schema clean;
create schema ops;
create schema raw;

create or replace function analytics.create_note_triggers(relation regclass, table_name text)
 returns void
 language plpgsql
as $function$
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
$function$
;

create or replace function analytics.note_moved_sessions()
 returns trigger
 language plpgsql
as $function$
begin
  insert into analytics.changed_session (project, user_ids, ids)
  select project, array_agg(user_id), array_agg(id)
  from (
    select project, user_id, id, row_number() over () / 64 as portion
    from (
      select project, user_id, id from old_rows
      except
      select project, user_id, id from new_rows
    ) moved
  ) changed
  group by project, portion;
  return null;
end
$function$
;

create or replace function analytics.note_rates()
 returns trigger
 language plpgsql
as $function$
begin
  insert into analytics.changed_rate (currency, day)
  select distinct currency_from, currency_date from changed_rows where currency_to = 'USD';
  return null;
end
$function$
;

create or replace function analytics.note_sessions()
 returns trigger
 language plpgsql
as $function$
begin
  insert into analytics.changed_session (project, user_ids, ids)
  select project, array_agg(user_id), array_agg(id)
  from (select project, user_id, id, row_number() over () / 64 as portion from changed_rows) changed
  group by project, portion;
  return null;
end
$function$
;

create or replace function analytics.note_sessions_around()
 returns trigger
 language plpgsql
as $function$
begin
  insert into analytics.changed_session (project, user_ids, since, until)
  select project, array_agg(user_id), array_agg(since), array_agg(until)
  from (
    select project, user_id, min(created_at) as since, max(created_at) as until, row_number() over () / 64 as portion
    from changed_rows
    where created_at is not null
    group by project, user_id, created_at::date
  ) changed
  group by project, portion;
  return null;
end
$function$
;

create or replace function analytics.prepare_leaf(leaf regclass, table_name text)
 returns void
 language plpgsql
as $function$
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
$function$
;

create or replace function ops.record_day()
 returns trigger
 language plpgsql
as $function$
begin
  insert into ops.day as known (source, day, table_name, inserted, updated, deleted, rows)
  select b.source, (b.landed_at at time zone 'UTC')::date, t.table_name, t.inserted, t.updated, t.deleted, t.rows
  from landed_tables t
  join ops.batch b using (batch)
  on conflict (source, day, table_name) do update
  set inserted = known.inserted + excluded.inserted, updated = known.updated + excluded.updated,
      deleted = known.deleted + excluded.deleted, rows = excluded.rows;
  delete from ops.day
  where source in (select b.source from landed_tables t join ops.batch b using (batch))
    and day < (now() at time zone 'UTC')::date - 400;
  return null;
end
$function$
;

create or replace function ops.record_hour()
 returns trigger
 language plpgsql
as $function$
declare
  sources text[];
begin
  with landed as (
    insert into ops.hour as known (source, hour, table_name, inserted, updated, deleted)
    select b.source, date_trunc('hour', b.landed_at, 'UTC'), t.table_name, t.inserted, t.updated, t.deleted
    from landed_tables t
    join ops.batch b using (batch)
    where t.inserted + t.updated + t.deleted > 0
    on conflict (source, hour, table_name) do update
    set inserted = known.inserted + excluded.inserted, updated = known.updated + excluded.updated,
        deleted = known.deleted + excluded.deleted
    returning source
  )
  select array_agg(distinct source) into sources from landed;
  delete from ops.hour where source = any (sources) and hour < now() - interval '2 days';
  return null;
end
$function$
;

create or replace function ops.record_lag()
 returns trigger
 language plpgsql
as $function$
declare
  landed timestamptz := clock_timestamp();
begin
  insert into ops.lag as known (source, hour, at, lag)
  values (new.source, date_trunc('hour', landed, 'UTC'), landed, greatest(landed - old.complete_through, interval '0'))
  on conflict (source, hour) do update set at = excluded.at, lag = excluded.lag where excluded.lag > known.lag;
  delete from ops.lag where source = new.source and hour < landed - interval '30 days';
  return null;
end
$function$
;

create or replace function ops.record_schema_change()
 returns trigger
 language plpgsql
as $function$
declare
  gone jsonb;
  come jsonb;
begin
  delete from ops.schema_change where at < now() - interval '400 days';
  if tg_op = 'DELETE' then
    insert into ops.schema_change (source, table_name, change, columns)
    values (old.source, old.table_name, 'left', old.shape -> 'columns');
    return null;
  end if;
  if tg_op = 'INSERT' then
    -- A table that is read again from scratch has not changed.
    delete from ops.schema_change c
    where c.source = new.source and c.table_name = new.table_name and c.change = 'left' and c.column_name is null
      and c.columns = new.shape -> 'columns'
      and not exists (select from ops.schema_change later
                      where later.source = c.source and later.table_name = c.table_name and later.at > c.at);
    if not found then
      insert into ops.schema_change (source, table_name, change) values (new.source, new.table_name, 'arrived');
    end if;
    return null;
  end if;
  -- A table that is to be read whole is marked with an empty list.
  if coalesce(jsonb_array_length(old.shape -> 'columns'), 0) = 0 or coalesce(jsonb_array_length(new.shape -> 'columns'), 0) = 0 then
    return null;
  end if;
  insert into ops.schema_change (source, table_name, column_name, change, before, after)
  select new.source, new.table_name, n ->> 'name', 'retyped', o ->> 'type', n ->> 'type'
  from jsonb_array_elements(new.shape -> 'columns') n
  join jsonb_array_elements(old.shape -> 'columns') o on o ->> 'name' = n ->> 'name'
  where o ->> 'type' <> n ->> 'type';
  select coalesce(jsonb_agg(o), '[]') into gone from jsonb_array_elements(old.shape -> 'columns') o
  where not exists (select from jsonb_array_elements(new.shape -> 'columns') n where n ->> 'name' = o ->> 'name');
  select coalesce(jsonb_agg(n), '[]') into come from jsonb_array_elements(new.shape -> 'columns') n
  where not exists (select from jsonb_array_elements(old.shape -> 'columns') o where o ->> 'name' = n ->> 'name');
  if jsonb_array_length(gone) = 1 and jsonb_array_length(come) = 1 and gone -> 0 ->> 'type' = come -> 0 ->> 'type' then
    insert into ops.schema_change (source, table_name, column_name, change, before, after)
    values (new.source, new.table_name, come -> 0 ->> 'name', 'renamed', gone -> 0 ->> 'name', come -> 0 ->> 'name');
    return null;
  end if;
  insert into ops.schema_change (source, table_name, column_name, change, before)
  select new.source, new.table_name, c ->> 'name', 'left', c ->> 'type' from jsonb_array_elements(gone) c;
  insert into ops.schema_change (source, table_name, column_name, change, after)
  select new.source, new.table_name, c ->> 'name', 'arrived', c ->> 'type' from jsonb_array_elements(come) c;
  return null;
end
$function$
;

create table analytics.changed_rate (
  currency text not null,
  day date not null,
  project text
);

create table analytics.changed_session (
  project text not null,
  user_ids bigint[],
  ids bigint[],
  since timestamp without time zone[],
  until timestamp without time zone[]
);

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
  constraint session_metrics_pkey primary key (project, user_id, id)
);

create table clean.events (
  project text not null,
  user_id bigint not null,
  id bigint not null,
  event_name text,
  page_id bigint,
  created_at timestamp without time zone,
  batch text not null
) partition by list (project);

create table clean.exchange_rates (
  project text not null,
  currency_from character varying not null,
  currency_to character varying not null,
  exchange_rate numeric,
  currency_date date not null,
  batch text not null,
  constraint exchange_rates_pkey primary key (project, currency_from, currency_to, currency_date)
);

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

create table ops.audit (
  source text not null,
  table_name text not null,
  audited_at timestamp with time zone,
  compared bigint not null,
  missing bigint not null,
  different bigint not null,
  surplus bigint not null,
  reached jsonb,
  compared_so_far bigint not null default 0,
  constraint audit_pkey primary key (source, table_name)
);

create table ops.batch (
  batch text not null,
  source text not null,
  after text,
  snapshot text not null,
  complete_through timestamp with time zone not null,
  landed_at timestamp with time zone not null default clock_timestamp(),
  constraint batch_pkey primary key (batch)
);

create table ops.batch_table (
  batch text not null,
  table_name text not null,
  strategy text not null,
  extracted bigint not null,
  inserted bigint not null,
  updated bigint not null,
  unchanged bigint not null,
  deleted bigint not null,
  rows bigint not null,
  constraint batch_table_pkey primary key (batch, table_name)
);

create table ops.day (
  source text not null,
  day date not null,
  table_name text not null,
  inserted bigint not null,
  updated bigint not null,
  deleted bigint not null,
  rows bigint not null,
  constraint day_pkey primary key (source, day, table_name)
);

create table ops.held_back (
  source text not null,
  table_name text not null,
  since timestamp with time zone not null default clock_timestamp(),
  problem text not null,
  advice text,
  sql text,
  elsewhere boolean not null,
  constraint held_back_pkey primary key (source, table_name)
);

create table ops.hour (
  source text not null,
  hour timestamp with time zone not null,
  table_name text not null,
  inserted bigint not null,
  updated bigint not null,
  deleted bigint not null,
  constraint hour_pkey primary key (source, hour, table_name)
);

create table ops.lag (
  source text not null,
  hour timestamp with time zone not null,
  at timestamp with time zone not null,
  lag interval not null,
  constraint lag_pkey primary key (source, hour)
);

create table ops.migration (
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone not null default clock_timestamp(),
  views text[],
  constraint migration_pkey primary key (name)
);

create table ops.orphan (
  source text not null,
  table_name text not null,
  rows bigint not null,
  since timestamp with time zone not null default clock_timestamp(),
  kept boolean not null default false,
  moved_to text,
  constraint orphan_pkey primary key (source, table_name)
);

create table ops."position" (
  source text not null,
  table_name text not null,
  rows bigint not null,
  difference bigint not null default 0,
  shape jsonb not null,
  keys_due smallint not null default 0,
  changed_at timestamp with time zone not null,
  behind jsonb,
  held_deletes bigint not null default 0,
  accepted_deletes bigint not null default 0,
  whole_due boolean not null default false,
  dropped_columns jsonb not null default '[]'::jsonb,
  constraint position_pkey primary key (source, table_name)
);

create table ops.quarantine (
  source text not null,
  table_name text not null,
  key text[] not null,
  batch text not null,
  since timestamp with time zone not null default clock_timestamp(),
  line bigint not null,
  column_name text,
  value text not null,
  reason text not null,
  missing boolean not null default true,
  constraint quarantine_pkey primary key (source, table_name, key)
);

create table ops.schema_change (
  source text not null,
  at timestamp with time zone not null default clock_timestamp(),
  table_name text not null,
  column_name text,
  change text not null,
  before text,
  after text,
  columns jsonb,
  constraint schema_change_change_check check ((change = any (array['arrived'::text, 'left'::text, 'renamed'::text, 'retyped'::text])))
);

create table ops.source (
  source text not null,
  batch text,
  snapshot text,
  snapshot_xmin xid8,
  snapshot_xmax xid8,
  complete_through timestamp with time zone,
  system_identifier text,
  database text,
  timeline text,
  landed_at timestamp with time zone,
  error text,
  error_at timestamp with time zone,
  failing_since timestamp with time zone,
  clock_ahead interval not null default '00:00:00'::interval,
  unchanged_while text,
  constraint source_pkey primary key (source)
);

create table raw.events (
  project text not null default current_setting('tidehouse.project'::text),
  user_id bigint not null,
  id bigint not null,
  event_name text,
  page_id bigint,
  created_at timestamp without time zone,
  batch text not null default current_setting('tidehouse.batch'::text)
) partition by list (project);

create table raw.exchange_rates (
  project text not null default current_setting('tidehouse.project'::text),
  currency_from character varying not null,
  currency_to character varying not null,
  exchange_rate numeric,
  currency_date date not null,
  batch text not null default current_setting('tidehouse.batch'::text)
);

create table raw.pages (
  project text not null default current_setting('tidehouse.project'::text),
  id bigint not null,
  name text,
  created_at timestamp without time zone,
  batch text not null default current_setting('tidehouse.batch'::text)
) partition by list (project);

create table raw.transactions (
  project text not null default current_setting('tidehouse.project'::text),
  id bigint not null,
  user_id bigint not null,
  created_at timestamp without time zone,
  amount numeric,
  currency text,
  success boolean,
  batch text not null default current_setting('tidehouse.batch'::text)
) partition by list (project);

create table raw.user_sessions (
  project text not null default current_setting('tidehouse.project'::text),
  user_id bigint not null,
  id bigint not null,
  active boolean,
  page_name text,
  last_activity_at timestamp without time zone,
  created_at timestamp without time zone,
  updated_at timestamp without time zone,
  batch text not null default current_setting('tidehouse.batch'::text)
) partition by list (project);

alter table ops."position" add constraint position_source_fkey foreign key (source) references ops.source(source) on update cascade on delete cascade;
alter table ops.audit add constraint audit_source_fkey foreign key (source) references ops.source(source) on update cascade on delete cascade;
alter table ops.batch_table add constraint batch_table_batch_fkey foreign key (batch) references ops.batch(batch) on delete cascade;
alter table ops.held_back add constraint held_back_source_fkey foreign key (source) references ops.source(source) on update cascade on delete cascade;
alter table ops.hour add constraint hour_source_fkey foreign key (source) references ops.source(source) on update cascade on delete cascade;
alter table ops.lag add constraint lag_source_fkey foreign key (source) references ops.source(source) on update cascade on delete cascade;
alter table ops.quarantine add constraint quarantine_source_fkey foreign key (source) references ops.source(source) on update cascade on delete cascade;

create index changed_session_project_idx on analytics.changed_session using btree (project);
create index exchange_rates_currency_from_currency_to_currency_date_idx on clean.exchange_rates using btree (currency_from, currency_to, currency_date);
create index batch_landed_at_idx on ops.batch using btree (landed_at);
create index batch_source_landed_at_idx on ops.batch using btree (source, landed_at desc);
create index schema_change_at_idx on ops.schema_change using btree (at);

create view analytics.first_successful_transaction as
 select project,
    user_id,
    id as session_id,
    first_id as id,
    first_at as created_at,
    first_amount as amount,
    first_currency as currency,
    first_amount_in_usd as amount_in_usd
   from analytics.session_metrics
  where first_id is not null;

create view analytics.first_successful_transaction_in_usd as
 select project,
    user_id,
    id as session_id,
    first_usd_id as id,
    first_usd_at as created_at,
    first_usd_amount as amount_in_usd
   from analytics.session_metrics
  where first_usd_id is not null;

create view analytics.session_analytics as
 select project,
    id,
    user_id,
    events as amount_of_events_in_session,
    sum_in_usd,
    first_at as first_successful_transaction,
    first_usd_at as first_successful_transaction_in_usd,
    transactions as amount_of_transactions_in_session,
    successful_transactions,
    unpriced_transactions,
    active,
    page_name,
    created_at,
    last_activity_at,
    updated_at
   from analytics.session_metrics;

create view analytics.sum_of_transactions_in_session as
 select project,
    user_id,
    id as session_id,
    sum_in_usd,
    successful_transactions,
    unpriced_transactions
   from analytics.session_metrics;

create view analytics.transactions_in_usd as
 select t.project,
    t.user_id,
    t.id,
    t.created_at,
    t.amount,
    t.currency,
    t.success,
        case
            when t.currency = 'USD'::text then 1::numeric
            else rate.exchange_rate
        end as exchange_rate,
        case
            when t.currency = 'USD'::text then t.created_at::date
            else rate.currency_date
        end as rate_date,
        case
            when t.currency = 'USD'::text then t.amount
            else t.amount * rate.exchange_rate
        end as amount_in_usd
   from clean.transactions t
     left join lateral ( select r.exchange_rate,
            r.currency_date
           from clean.exchange_rates r
          where r.currency_from::text = t.currency and r.currency_to::text = 'USD'::text and r.currency_date >= (t.created_at::date - 7) and r.currency_date <= t.created_at::date
          order by r.currency_date desc, (r.project = t.project) desc, r.project
         limit 1) rate on t.currency <> 'USD'::text;

create view analytics.user_sessions_with_events_count as
 select project,
    user_id,
    id,
    active,
    page_name,
    created_at,
    last_activity_at,
    updated_at,
    events as amount_of_events_in_session
   from analytics.session_metrics;

create view ops.dropped_column as
 select p.source,
    p.table_name,
    d.name as column_name,
    d.since,
    ( select string_agg(distinct format('%I.%I'::text, vn.nspname, v.relname), ', '::text) as string_agg
           from pg_class c
             join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'clean'::name
             join pg_attribute a on a.attrelid = c.oid and a.attname = d.name
             join pg_depend x on x.refclassid = 'pg_class'::regclass::oid and x.refobjid = c.oid and x.refobjsubid = a.attnum and x.classid = 'pg_rewrite'::regclass::oid
             join pg_rewrite w on w.oid = x.objid
             join pg_class v on v.oid = w.ev_class
             join pg_namespace vn on vn.oid = v.relnamespace
          where c.relname = p.table_name) as read_by
   from ops."position" p
     cross join lateral jsonb_to_recordset(p.dropped_columns) d(name text, since timestamp with time zone);

create view ops.freshness as
 select s.source,
    t.table_name,
    c.complete_through,
    clock_timestamp() - (c.complete_through - s.clock_ahead) as lag,
    t.rows,
    t.difference,
    t.changed_at,
    s.error,
    s.error_at,
        case
            when s.error is not null then s.failing_since
            else null::timestamp with time zone
        end as failing_since,
    t.held_back_since,
    t.problem,
    t.advice,
    t.sql
   from ops.source s
     left join lateral ( select p.table_name,
            coalesce(((p.behind -> 'snapshot'::text) ->> 'takenAt'::text)::timestamp with time zone, s.complete_through) as complete_through,
            p.rows,
            p.difference,
            p.changed_at,
            h.since as held_back_since,
            h.problem,
            h.advice,
            h.sql
           from ops."position" p
             left join ops.held_back h using (source, table_name)
          where p.source = s.source
        union all
         select h.table_name,
            null::timestamp with time zone as complete_through,
            null::bigint as rows,
            null::bigint as difference,
            null::timestamp with time zone as changed_at,
            h.since as held_back_since,
            h.problem,
            h.advice,
            h.sql
           from ops.held_back h
          where h.source = s.source and not (exists ( select
                   from ops."position" p
                  where p.source = h.source and p.table_name = h.table_name)) and not (h.elsewhere and (exists ( select
                   from ops."position" p
                  where p.table_name = h.table_name)))) t on true
     cross join lateral ( select
                case
                    when t.table_name is null then s.complete_through
                    else t.complete_through
                end as complete_through) c;

create view analytics.session_metrics_definition as
 select s.project,
    s.user_id,
    s.id,
    s.active,
    s.page_name,
    s.created_at,
    s.last_activity_at,
    s.updated_at,
    e.events,
    t.transactions,
    t.successful_transactions,
    t.unpriced_transactions,
    t.sum_in_usd,
    t.first_id,
    t.first_at,
    t.first_amount,
    t.first_currency,
    t.first_amount_in_usd,
    t.first_usd_id,
    t.first_usd_at,
    t.first_usd_amount
   from clean.user_sessions s
     cross join lateral ( select count(*) as events
           from clean.events e_1
          where e_1.project = s.project and e_1.user_id = s.user_id and e_1.created_at >= s.created_at and e_1.created_at <= s.last_activity_at) e
     cross join lateral ( select count(*) as transactions,
            count(*) filter (where t_1.success) as successful_transactions,
            count(*) filter (where t_1.success and t_1.amount_in_usd is null) as unpriced_transactions,
            coalesce(sum(t_1.amount_in_usd) filter (where t_1.success), 0::numeric) as sum_in_usd,
            (array_agg(t_1.id order by t_1.created_at, t_1.id) filter (where t_1.success))[1] as first_id,
            (array_agg(t_1.created_at order by t_1.created_at, t_1.id) filter (where t_1.success))[1] as first_at,
            (array_agg(t_1.amount order by t_1.created_at, t_1.id) filter (where t_1.success))[1] as first_amount,
            (array_agg(t_1.currency order by t_1.created_at, t_1.id) filter (where t_1.success))[1] as first_currency,
            (array_agg(t_1.amount_in_usd order by t_1.created_at, t_1.id) filter (where t_1.success))[1] as first_amount_in_usd,
            (array_agg(t_1.id order by t_1.created_at, t_1.id) filter (where t_1.success and t_1.currency = 'USD'::text))[1] as first_usd_id,
            (array_agg(t_1.created_at order by t_1.created_at, t_1.id) filter (where t_1.success and t_1.currency = 'USD'::text))[1] as first_usd_at,
            (array_agg(t_1.amount order by t_1.created_at, t_1.id) filter (where t_1.success and t_1.currency = 'USD'::text))[1] as first_usd_amount
           from analytics.transactions_in_usd t_1
          where t_1.project = s.project and t_1.user_id = s.user_id and t_1.created_at >= s.created_at and t_1.created_at <= s.last_activity_at) t;

create trigger note_deleted after delete on clean.events referencing old table as changed_rows for each statement execute function analytics.note_sessions_around();
create trigger note_inserted after insert on clean.events referencing new table as changed_rows for each statement execute function analytics.note_sessions_around();
create trigger note_moved after update on clean.events referencing old table as changed_rows for each statement execute function analytics.note_sessions_around();
create trigger note_updated after update on clean.events referencing new table as changed_rows for each statement execute function analytics.note_sessions_around();
create trigger note_deleted after delete on clean.exchange_rates referencing old table as changed_rows for each statement execute function analytics.note_rates();
create trigger note_inserted after insert on clean.exchange_rates referencing new table as changed_rows for each statement execute function analytics.note_rates();
create trigger note_moved after update on clean.exchange_rates referencing old table as changed_rows for each statement execute function analytics.note_rates();
create trigger note_updated after update on clean.exchange_rates referencing new table as changed_rows for each statement execute function analytics.note_rates();
create trigger note_deleted after delete on clean.transactions referencing old table as changed_rows for each statement execute function analytics.note_sessions_around();
create trigger note_inserted after insert on clean.transactions referencing new table as changed_rows for each statement execute function analytics.note_sessions_around();
create trigger note_moved after update on clean.transactions referencing old table as changed_rows for each statement execute function analytics.note_sessions_around();
create trigger note_updated after update on clean.transactions referencing new table as changed_rows for each statement execute function analytics.note_sessions_around();
create trigger note_deleted after delete on clean.user_sessions referencing old table as changed_rows for each statement execute function analytics.note_sessions();
create trigger note_inserted after insert on clean.user_sessions referencing new table as changed_rows for each statement execute function analytics.note_sessions();
create trigger note_moved after update on clean.user_sessions referencing old table as old_rows new table as new_rows for each statement execute function analytics.note_moved_sessions();
create trigger note_updated after update on clean.user_sessions referencing new table as changed_rows for each statement execute function analytics.note_sessions();
create trigger record_day after insert on ops.batch_table referencing new table as landed_tables for each statement execute function ops.record_day();
create trigger record_hour after insert on ops.batch_table referencing new table as landed_tables for each statement execute function ops.record_hour();
create trigger record_arrival after insert on ops."position" for each row execute function ops.record_schema_change();
create trigger record_columns after update on ops."position" for each row when (((old.shape -> 'columns'::text) is distinct from (new.shape -> 'columns'::text))) execute function ops.record_schema_change();
create trigger record_departure after delete on ops."position" for each row execute function ops.record_schema_change();
create trigger record_lag after update of complete_through on ops.source for each row when (((old.complete_through is distinct from new.complete_through) and (old.complete_through is not null))) execute function ops.record_lag();

comment on column ops."position".accepted_deletes is 'How many of them the next run may delete.';
comment on column ops."position".behind is 'The snapshot up to which a table that is held back has landed; null when that is the one of its source.';
comment on column ops."position".difference is 'Rows that the source counted beyond that and that no batch could explain; anything but 0 is an incident.';
comment on column ops."position".dropped_columns is 'The columns of clean that the source had, and has no more: name, and since when.';
comment on column ops."position".held_deletes is 'Rows of clean that the source no longer has, and that wait for tidehouse accept.';
comment on column ops."position".rows is 'Rows of this source and table in clean, kept by inserted and deleted in the transaction that lands them.';
comment on column ops."position".shape is 'Columns, key and leaf relations (oid, filenode) of the table at the source.';
comment on column ops."position".whole_due is 'The next run reads the table whole. Cleared by the landing of a batch that has all of its rows.';
comment on column ops.audit.audited_at is 'When the last audit of the whole table ended; null before the first one.';
comment on column ops.audit.compared_so_far is 'How many rows the audit under way has compared.';
comment on column ops.audit.missing is 'Rows that clean lacked.';
comment on column ops.audit.reached is 'The column and the value up to which the audit under way has compared the table; null when none is.';
comment on column ops.audit.surplus is 'Rows that the source does not have.';
comment on column ops.held_back.elsewhere is 'The source lacks the table and need not have it: only a problem while no other source has it.';
comment on column ops.migration.views is 'The views that a definition made.';
comment on column ops.orphan.kept is 'Somebody has decided that the rows stay.';
comment on column ops.orphan.moved_to is 'The table as which the same relation of the source lands since it was renamed; null for others.';
comment on column ops.quarantine.missing is 'Clean has no earlier version of the row either.';
comment on column ops.schema_change.column_name is 'Null for the table itself.';
comment on column ops.schema_change.columns is 'The columns of a table that left: the same ones may come back.';
comment on column ops.source.clock_ahead is 'How far the clock of the source was ahead of the warehouse''s at the last landing; negative when it was behind.';
comment on column ops.source.complete_through is 'The source''s clock: every transaction that had committed by then is in clean.';
comment on column ops.source.failing_since is 'When the first of the runs failed that have failed since the last landing; of no meaning while error is null.';
comment on column ops.source.unchanged_while is 'The state of the server and the config for which every table has landed as it was found; null where a version before that landed it.';
comment on table analytics.changed_rate is 'Rates to USD that changed: without a project until a refresh hands them out to all, then one for each project.';
comment on table analytics.changed_session is 'What changed below session_metrics, to be recomputed by the next refresh of the project: sessions (user_ids, ids), the sessions of users around ranges of time (user_ids, since, until), or (without users) the whole project.';
comment on table ops.audit is 'The last audit of each table. A table that is not equal to its source is read whole by the run that audited it.';
comment on table ops.batch_table is 'The ledger: what each batch did to each table that it changed or read rows of.';
comment on table ops.day is 'What landed on each day (UTC): changes, and the rows of clean after the last of them. Kept for 400 days.';
comment on table ops.held_back is 'The tables that the last landing of a source left out: since when, why, and what to do, with the statement to run.';
comment on table ops.hour is 'What landed in each hour: changes by table. Kept for two days.';
comment on table ops.lag is 'The longest lag of each source in each hour, as it was just before a landing. Kept for 30 days.';
comment on table ops.migration is 'The files of sql/warehouse and sql/analytics that were applied to this warehouse.';
comment on table ops.orphan is 'The tables in clean that no run reads any longer for their source, because the config no longer has them.';
comment on table ops.quarantine is 'Rows that the warehouse refuses: the line and the column of the staged file, the beginning of the value, and why.';
comment on table ops.schema_change is 'Tables and columns that arrived, left, or have another name or type. Kept for 400 days.';
comment on table ops.source is 'One row per source: the last landed batch and its snapshot. Its row lock is the fence: every transaction of a source takes it first.';
comment on view ops.dropped_column is 'The columns that a source has dropped, since when, and the views of the warehouse that read them: an incident until none does.';
comment on view ops.freshness is 'Per source and table: how far it is complete, how late that is, how many rows, what went wrong last, and why the table is held back.';
