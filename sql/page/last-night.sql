-- What landed last night, from 18:00 to 06:00 (UTC) of this day, by the source over all tables.
select source, sum(inserted) as inserted, sum(updated) as updated, sum(deleted) as deleted
from ops.hour
where hour >= date_trunc('day', clock_timestamp(), 'UTC') - interval '6 hours'
  and hour < date_trunc('day', clock_timestamp(), 'UTC') + interval '6 hours'
group by source
order by sum(inserted + updated + deleted) desc, source
