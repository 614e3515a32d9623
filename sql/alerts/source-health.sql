-- One row per source: its complete_through, the tables whose row counts do not reconcile, those that are held back or have rows
-- in quarantine, the dropped columns that views read, and, if longer than $1 seconds, since when its oldest open transaction has been the same one while others
-- started. The warehouse keeps the snapshots of recent batches. Times are seconds of the epoch.
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
       -- By the warehouse's clock: that of the source must neither hide nor invent a lag.
       extract(epoch from t.current_through) as current_through,
       round(extract(epoch from clock_timestamp() - t.current_through) * 1000) as lag_ms,
       round(extract(epoch from s.clock_ahead)) as clock_ahead,
       extract(epoch from coalesce(s.landed_at, s.complete_through)) as landed_at,
       (select string_agg(format('%s (%s)', p.table_name, to_char(p.difference, 'FMS999999999999')), ', ' order by p.table_name)
        from ops.position p
        where p.source = s.source and p.difference <> 0) as unreconciled,
       (select string_agg(format('%s (%s)', p.table_name, p.held_deletes), ', ' order by p.table_name)
        from ops.position p
        where p.source = s.source and p.held_deletes > 0) as held_deletes,
       -- A table that may be at another source is a problem once that source has had the time to land it.
       (select json_agg(json_strip_nulls(json_build_object(
          'table', f.table_name, 'since', (extract(epoch from f.held_back_since))::text,
          'problem', f.problem, 'advice', f.advice, 'sql', f.sql)) order by f.table_name)
        from ops.freshness f
        join ops.held_back h using (source, table_name)
        where f.source = s.source
          and not (h.elsewhere and h.since > clock_timestamp() - interval '15 minutes')) as held_back,
       a.unequal,
       extract(epoch from a.audited_at) as audited_at,
       q.quarantined,
       extract(epoch from q.since) as quarantined_since,
       d.dropped,
       extract(epoch from d.since) as dropped_since,
       s.snapshot_xmin::text as xmin,
       case
         when unmoved.others_started and unmoved.until - unmoved.since > make_interval(secs => $1)
           then extract(epoch from unmoved.since)
       end as stuck_since
from ops.source s
cross join lateral (select least(s.complete_through - s.clock_ahead, s.landed_at) as current_through) t
left join unmoved using (source)
left join lateral (
  select string_agg(format('%s (%s)', table_name, missing + different + surplus), ', ' order by table_name) as unequal,
         min(audited_at) as audited_at
  from ops.audit
  where source = s.source and missing + different + surplus > 0
) a on true
left join lateral (
  select string_agg(format('%s (%s)', table_name, rows), ', ' order by table_name) as quarantined, min(since) as since
  from (select table_name, count(*) as rows, min(since) as since from ops.quarantine where source = s.source group by 1) t
) q on true
left join lateral (
  select string_agg(format('%s.%s (%s)', table_name, column_name, read_by), ', ' order by table_name, column_name) as dropped,
         min(since) as since
  from ops.dropped_column
  where source = s.source and read_by is not null
) d on true
