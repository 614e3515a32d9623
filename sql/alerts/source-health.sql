-- One row per source: its complete_through, the tables whose row counts do not reconcile, and, if longer than $1 seconds,
-- since when its oldest open transaction has been the same one while others started. The warehouse keeps the snapshots of
-- recent batches.
with snapshots as (
  select source,
         split_part(snapshot, ':', 1)::numeric as xmin,
         split_part(snapshot, ':', 2)::numeric as xmax,
         complete_through
  from ops.batch
),
unmoved as (
  select s.source,
         min(b.complete_through) as since,
         max(b.complete_through) as until,
         max(b.xmax) > min(b.xmax) as others_started
  from ops.source s
  join snapshots b on b.source = s.source and b.xmin = s.snapshot_xmin::text::numeric
  group by s.source
)
select s.source,
       extract(epoch from s.complete_through) as complete_through,
       round(extract(epoch from clock_timestamp() - s.complete_through) * 1000) as lag_ms,
       (select string_agg(format('%s (%s)', p.table_name, to_char(p.difference, 'FMS999999999999')), ', ' order by p.table_name)
        from ops.position p
        where p.source = s.source and p.difference <> 0) as unreconciled,
       s.snapshot_xmin::text as xmin,
       case
         when unmoved.others_started and unmoved.until - unmoved.since > make_interval(secs => $1)
           then extract(epoch from unmoved.since)
       end as stuck_since
from ops.source s
left join unmoved using (source)
