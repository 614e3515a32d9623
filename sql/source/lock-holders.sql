-- Who holds a lock on the tables $2 of schema $1 that keeps readers out.
select distinct c.relname as table,
       l.pid::text as pid,
       a.application_name as application,
       to_char(a.xact_start at time zone 'UTC', 'HH24:MI:SS') as since
from pg_locks l
join pg_class c on c.oid = l.relation
left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation'
  and l.granted
  and l.mode = 'AccessExclusiveLock'
  and l.database = (select oid from pg_database where datname = current_database())
  and c.relnamespace = (select oid from pg_namespace where nspname = $1)
  and c.relname = any ($2)
