-- What thirty days of runs leave in ops: sources × tables, all of which change in every run of ten minutes.
-- Settings: bench.sources, bench.tables, bench.days.
create temporary table span on commit drop as
select current_setting('bench.sources')::int as sources, current_setting('bench.tables')::int as tables,
       current_setting('bench.days')::int as days;

create temporary table source on commit drop as
select 'source_' || n as source from span, generate_series(1, sources) n;

create temporary table listed on commit drop as
select 'table_' || n as table_name from span, generate_series(1, tables) n;

alter table ops.batch_table disable trigger user;
alter table ops.position disable trigger user;

insert into ops.source (source, batch, complete_through, landed_at)
select source, source || '-0', now() - interval '5 minutes', now() - interval '4 minutes' from source;

insert into ops.position (source, table_name, rows, shape, changed_at)
select source, table_name, 100000, '{"columns": []}', now() from source, listed;

insert into ops.batch (batch, source, snapshot, complete_through, landed_at)
select source || '-' || n, source, '', at, at
from source, span, generate_series(0, days * 144 - 1) n, lateral (select now() - n * interval '10 minutes' as at) t;

insert into ops.batch_table
select batch, table_name, 'sweep', 30, 10, 15, 4, 1, 100000 from ops.batch, listed;

insert into ops.hour
select source, date_trunc('hour', now(), 'UTC') - n * interval '1 hour', table_name, 60, 90, 6
from source, listed, generate_series(0, 47) n;

insert into ops.day
select source, (now() at time zone 'UTC')::date - n, table_name, 1440, 2160, 144, 100000
from source, listed, generate_series(0, 399) n;

insert into ops.lag
select source, date_trunc('hour', now(), 'UTC') - n * interval '1 hour', now() - n * interval '1 hour', interval '11 minutes'
from source, generate_series(0, 719) n;

alter table ops.batch_table enable trigger user;
alter table ops.position enable trigger user;
