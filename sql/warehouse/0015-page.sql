-- What the page draws over weeks. Triggers keep it, so that each landing records it in its own transaction, whatever landed.

-- The longest lag of each source in each hour: what it was when a landing ended it.
create table ops.lag (
  source text not null references ops.source on update cascade on delete cascade,
  hour timestamptz not null,
  at timestamptz not null,
  lag interval not null,
  primary key (source, hour)
);
comment on table ops.lag is 'The longest lag of each source in each hour, as it was just before a landing. Kept for 30 days.';

create function ops.record_lag() returns trigger language plpgsql as $$
declare
  landed timestamptz := clock_timestamp();
begin
  insert into ops.lag as known (source, hour, at, lag)
  values (new.source, date_trunc('hour', landed, 'UTC'), landed, greatest(landed - old.complete_through, interval '0'))
  on conflict (source, hour) do update set at = excluded.at, lag = excluded.lag where excluded.lag > known.lag;
  delete from ops.lag where source = new.source and hour < landed - interval '30 days';
  return null;
end
$$;

create trigger record_lag after update of complete_through on ops.source
for each row when (old.complete_through is distinct from new.complete_through and old.complete_through is not null)
execute function ops.record_lag();

-- What landed on each day, by table.
create table ops.day (
  source text not null,
  day date not null,
  table_name text not null,
  inserted bigint not null,
  updated bigint not null,
  deleted bigint not null,
  rows bigint not null,
  primary key (source, day, table_name)
);
comment on table ops.day is 'What landed on each day (UTC): changes, and the rows of clean after the last of them. Kept for 400 days.';

create function ops.record_day() returns trigger language plpgsql as $$
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
$$;

create trigger record_day after insert on ops.batch_table
referencing new table as landed_tables
for each statement execute function ops.record_day();

insert into ops.day (source, day, table_name, inserted, updated, deleted, rows)
select b.source, (b.landed_at at time zone 'UTC')::date, t.table_name,
       sum(t.inserted), sum(t.updated), sum(t.deleted), (array_agg(t.rows order by b.landed_at desc))[1]
from ops.batch b
join ops.batch_table t using (batch)
group by 1, 2, 3;

create index on ops.batch (landed_at);

-- Tables and columns that came, left, or changed their name or type.
create table ops.schema_change (
  source text not null,
  at timestamptz not null default clock_timestamp(),
  table_name text not null,
  column_name text,
  change text not null check (change in ('arrived', 'left', 'renamed', 'retyped')),
  before text,
  after text,
  columns jsonb
);
comment on table ops.schema_change is 'Tables and columns that arrived, left, or have another name or type. Kept for 400 days.';
comment on column ops.schema_change.column_name is 'Null for the table itself.';
comment on column ops.schema_change.columns is 'The columns of a table that left: the same ones may come back.';
create index on ops.schema_change (at);

create function ops.record_schema_change() returns trigger language plpgsql as $$
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
$$;

create trigger record_arrival after insert on ops.position
for each row execute function ops.record_schema_change();
create trigger record_columns after update on ops.position
for each row when (old.shape -> 'columns' is distinct from new.shape -> 'columns')
execute function ops.record_schema_change();
create trigger record_departure after delete on ops.position
for each row execute function ops.record_schema_change();
