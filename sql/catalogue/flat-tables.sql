-- The tables of clean that are flat, with their tables in raw: `table` groups both. The rates of the session
-- analytics stay flat in any case. `rows` are
-- those that the positions count, or else an estimate; `bytes` includes indexes.
select c.relname as "table",
       n.nspname as schema,
       c.relname as name,
       coalesce(
         (select sum(p.rows) from ops.position p where n.nspname = 'clean' and p.table_name = c.relname),
         greatest(c.reltuples, 0)
       )::bigint as rows,
       pg_total_relation_size(c.oid) as bytes
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('clean', 'raw')
  and c.relkind = 'r'
  and (c.relname <> 'exchange_rates' or to_regclass('analytics.session_metrics') is null)
  and (select count(*) from pg_attribute a
       where a.attrelid = c.oid and a.attname in ('project', 'batch') and a.atttypid = 'text'::regtype) = 2
order by c.relname, n.nspname
