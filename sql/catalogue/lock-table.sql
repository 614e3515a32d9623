-- How many locks the server has space for, and how many a query needs that reads three tables of clean without naming a
-- project: each leaf and each of its indexes, of the three tables with the most of them.
select current_setting('max_locks_per_transaction')::int as per_transaction,
       current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int as transactions,
       (select coalesce(sum(locks), 0)
        from (
          select count(distinct l.inhrelid) + count(i.indexrelid) + 1 as locks
          from pg_class c
          join pg_inherits l on l.inhparent = c.oid
          left join pg_index i on i.indrelid = l.inhrelid
          where c.relkind = 'p' and c.relnamespace = 'clean'::regnamespace
          group by c.oid
          order by 1 desc
          limit 3
        ) largest) as needed
