-- What landed in the last $1 hours, by the hour and table over all sources. The first hour is a select of its own, so that it is
-- computed once: clock_timestamp() would be for each row.
select extract(epoch from hour) * 1000 as hour,
       table_name as "table",
       sum(inserted) as inserted,
       sum(updated) as updated,
       sum(deleted) as deleted
from ops.hour
where hour >= (select date_trunc('hour', clock_timestamp(), 'UTC') - make_interval(hours => $1))
group by ops.hour.hour, table_name
order by ops.hour.hour, table_name
