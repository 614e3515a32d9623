-- The sessions that block readers of the tables with the oids $1 (of all when null), of their partitions or of their indexes: they hold an
-- exclusive lock, or wait for one while later sessions queue behind them. `behind` are the sessions that they wait for.
select root.oid,
       nullif(c.relname, root.relname) as part,
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
join pg_class root on root.oid = coalesce(pg_partition_root(coalesce(i.indrelid, c.oid)), i.indrelid, c.oid)
left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation'
  and l.mode = 'AccessExclusiveLock'
  and l.database = (select oid from pg_database where datname = current_database())
  and ($1::oid[] is null or root.oid = any ($1))
order by l.granted desc, root.relname, part nulls first
