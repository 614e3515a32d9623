-- What landed in each hour, by table: the page need not read the thousands of batches of the ledger for it.
create table ops.hour (
  source text not null references ops.source on update cascade on delete cascade,
  hour timestamptz not null,
  table_name text not null,
  inserted bigint not null,
  updated bigint not null,
  deleted bigint not null,
  primary key (source, hour, table_name)
) with (fillfactor = 70);
comment on table ops.hour is 'What landed in each hour: changes by table. Kept for two days.';

create function ops.record_hour() returns trigger language plpgsql as $$
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
$$;

create trigger record_hour after insert on ops.batch_table
referencing new table as landed_tables
for each statement execute function ops.record_hour();

insert into ops.hour (source, hour, table_name, inserted, updated, deleted)
select b.source, date_trunc('hour', b.landed_at, 'UTC'), t.table_name, sum(t.inserted), sum(t.updated), sum(t.deleted)
from ops.batch b
join ops.batch_table t using (batch)
where b.landed_at > now() - interval '2 days' and t.inserted + t.updated + t.deleted > 0
group by 1, 2, 3;
