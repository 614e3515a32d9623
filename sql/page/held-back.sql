-- The tables that are held back: since when, why, and what to do.
select source, table_name as "table", extract(epoch from held_back_since) * 1000 as since, problem, advice, sql
from ops.freshness
where held_back_since is not null
order by source, table_name
