-- The other sessions with a lock on one of the views and tables $1 (schema-qualified names).
select distinct n.nspname || '.' || c.relname as relation,
       l.pid::text as pid,
       a.application_name as application,
       to_char(a.xact_start at time zone 'UTC', 'HH24:MI:SS') as since
from pg_locks l
join pg_class c on c.oid = l.relation
join pg_namespace n on n.oid = c.relnamespace
left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation'
  and l.granted
  and l.pid <> pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database())
  and n.nspname || '.' || c.relname = any ($1)
order by relation, pid
