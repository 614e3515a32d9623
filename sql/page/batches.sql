-- The last $1 batches of each source, with how many rows they read; and what the last $2 of all that changed anything did, by the
-- table. The others have no tables: to add up all would take longer than the rest of the page.
with read as (
  select s.source, b.batch, b.landed_at, c.extracted, c.tables
  from ops.source s
  cross join lateral (
    select batch, landed_at from ops.batch where source = s.source order by landed_at desc limit $1
  ) b
  cross join lateral (
    select coalesce(sum(extracted), 0) as extracted, count(*) as tables from ops.batch_table where batch = b.batch
  ) c
), ranked as (
  select *, row_number() over (order by tables = 0, landed_at desc) as rank from read
)
select r.source, r.batch, r.extracted,
       (
         select coalesce(json_agg(json_build_array(t.table_name, t.inserted, t.updated, t.deleted) order by t.table_name), '[]')
         from ops.batch_table t
         where t.batch = r.batch and r.rank <= $2
       ) as tables
from ranked r
order by r.source, r.landed_at desc
