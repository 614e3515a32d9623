-- The longest lag of each source in each of the last $1 hours, in seconds, at the time of the landing that ended it. The first hour
-- is computed once, as in landings.sql.
select source,
       json_agg(json_build_array(round(extract(epoch from at) * 1000), round(extract(epoch from lag))) order by hour) as points
from ops.lag
where hour >= (select date_trunc('hour', clock_timestamp(), 'UTC') - make_interval(hours => $1))
group by source
