-- What the batches of the last $1 hours changed, by the hour and table over all sources.
select extract(epoch from date_trunc('hour', b.landed_at, 'UTC')) * 1000 as hour,
       t.table_name as "table",
       sum(t.inserted) as inserted,
       sum(t.updated) as updated,
       sum(t.deleted) as deleted,
       count(*) as batches
from ops.batch b
join ops.batch_table t using (batch)
where b.landed_at >= date_trunc('hour', clock_timestamp(), 'UTC') - make_interval(hours => $1)
group by 1, 2
order by 1, 2
