-- What landed in the twelve hours from $1 (seconds since 1970), by the source and table.
select source, table_name as "table", sum(inserted) as inserted, sum(updated) as updated, sum(deleted) as deleted
from ops.hour
where hour >= to_timestamp($1) and hour < to_timestamp($1) + interval '12 hours'
group by source, table_name
order by source, table_name
