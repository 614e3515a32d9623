-- The last $1 changes of tables and columns, newest first. The tables that a source brings first are one row without a table.
with change as (
  select source, at, table_name, column_name, change, before, after,
         count(*) filter (where change = 'arrived' and column_name is null)
           over (partition by source, date_trunc('minute', at)) as together
  from ops.schema_change
)
select source, extract(epoch from at) * 1000 as at, table_name as "table", column_name as "column", change, before, after,
       null::bigint as tables
from change
where not (change = 'arrived' and column_name is null and together > 3)
union all
select source, extract(epoch from min(at)) * 1000, null, null, 'arrived', null, null, count(*)
from change
where change = 'arrived' and column_name is null and together > 3
group by source, date_trunc('minute', at)
order by at desc
limit $1
