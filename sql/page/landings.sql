-- What landed in the last $1 hours, by the hour and table over all sources.
select extract(epoch from hour) * 1000 as hour,
       table_name as "table",
       sum(inserted) as inserted,
       sum(updated) as updated,
       sum(deleted) as deleted
from ops.hour
where hour >= date_trunc('hour', clock_timestamp(), 'UTC') - make_interval(hours => $1)
group by ops.hour.hour, table_name
order by ops.hour.hour, table_name
