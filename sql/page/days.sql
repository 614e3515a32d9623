-- What landed on each of the last $1 days (UTC), by the table over all sources.
select extract(epoch from day) * 1000 as day,
       table_name as "table",
       sum(inserted) as inserted, sum(updated) as updated, sum(deleted) as deleted
from ops.day
where day > (select (now() at time zone 'UTC')::date - $1::int)
group by day, table_name
order by day, table_name
