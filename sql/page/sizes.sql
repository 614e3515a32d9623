-- The tables of clean over all sources: rows as counted by the landings, bytes with indexes.
select c.relname as "table",
       (select coalesce(sum(p.rows), 0) from ops.position p where p.table_name = c.relname) as rows,
       (select coalesce(sum(pg_total_relation_size(part.relid)), 0)
        from (select c.oid::regclass as relid where c.relkind = 'r'
              union all
              select relid from pg_partition_tree(c.oid) where c.relkind = 'p' and isleaf) part) as bytes
from pg_class c
where c.relnamespace = 'clean'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
order by bytes desc, c.relname
