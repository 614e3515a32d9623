-- The sessions that block readers of the tables with the oids $1, of their partitions or of their indexes, or of what a view among them
-- reads: they hold an exclusive lock, or wait for one while later sessions queue behind them. `behind` are the sessions that they
-- wait for.
with recursive needed as (
  select oid, oid as relation from unnest($1::oid[]) oid
  union
  select n.oid, d.refobjid
  from needed n
  join pg_class v on v.oid = n.relation and v.relkind = 'v'
  join pg_rewrite w on w.ev_class = v.oid
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
)
select n.oid,
       case when c.oid <> n.oid then c.relname end as part,
       l.pid::text as pid,
       a.application_name as application,
       to_char(a.xact_start at time zone 'UTC', 'HH24:MI:SS') as since,
       case when not l.granted then (
         select string_agg(b.pid || coalesce(' (' || nullif(h.application_name, '') || ')', ''), ', ' order by b.pid)
         from unnest(pg_blocking_pids(l.pid)) b(pid)
         left join pg_stat_activity h on h.pid = b.pid
       ) end as behind
from pg_locks l
join pg_class c on c.oid = l.relation
left join pg_index i on i.indexrelid = c.oid
join needed n on n.relation in (c.oid, i.indrelid, pg_partition_root(coalesce(i.indrelid, c.oid)))
left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation'
  and l.mode = 'AccessExclusiveLock'
  and l.database = (select oid from pg_database where datname = current_database())
order by l.granted desc, n.oid, part nulls first
