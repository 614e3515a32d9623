-- One row per source: through when it is complete, what it holds, and what is the matter. Times are milliseconds since 1970.
select s.source,
       extract(epoch from s.complete_through) * 1000 as "completeThrough",
       extract(epoch from least(s.complete_through - s.clock_ahead, s.landed_at)) * 1000 as "currentThrough",
       extract(epoch from s.landed_at) * 1000 as "landedAt",
       s.error,
       extract(epoch from case when s.error is not null then coalesce(s.failing_since, s.error_at) end) * 1000 as "failingSince",
       (select count(*) from ops.position p where p.source = s.source) as tables,
       (select coalesce(sum(p.rows), 0) from ops.position p where p.source = s.source) as rows,
       (select coalesce(json_agg(json_build_object('table', p.table_name, 'rows', p.difference) order by p.table_name), '[]')
        from ops.position p
        where p.source = s.source and p.difference <> 0) as differences
from ops.source s
order by s.source
