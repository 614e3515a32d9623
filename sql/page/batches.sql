-- The last $1 batches of each source: what they read and changed, by the table.
select s.source, b.batch, c.extracted, c.tables
from ops.source s
cross join lateral (
  select batch, landed_at from ops.batch where source = s.source order by landed_at desc limit $1
) b
cross join lateral (
  select coalesce(sum(t.extracted), 0) as extracted,
         coalesce(json_agg(json_build_array(t.table_name, t.inserted, t.updated, t.deleted) order by t.table_name), '[]') as tables
  from ops.batch_table t
  where t.batch = b.batch
) c
order by s.source, b.landed_at desc
