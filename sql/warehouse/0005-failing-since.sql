-- Since when the runs of a source fail, beside when the last one did.
alter table ops.source add column failing_since timestamptz;
comment on column ops.source.failing_since is 'When the first of the runs failed that have failed since the last landing; of no meaning while error is null.';

create or replace view ops.freshness as
select s.source,
       p.table_name,
       s.complete_through,
       clock_timestamp() - s.complete_through as lag,
       p.rows,
       p.difference,
       p.changed_at,
       s.error,
       s.error_at,
       case when s.error is not null then s.failing_since end as failing_since
from ops.source s
left join ops.position p using (source);
