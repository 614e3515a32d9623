-- The definition of analytics.session_metrics_definition and of every view that it reads, as one text; null when it does
-- not exist. Postgres prints it from the parsed query, so comments and formatting make no difference.
with recursive read as (
  select to_regclass('analytics.session_metrics_definition')::oid as view
  union
  select c.oid
  from read
  join pg_rewrite r on r.ev_class = read.view
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
  join pg_class c on c.oid = d.refobjid and c.relkind = 'v'
)
select string_agg(pg_get_viewdef(view), E'\n' order by view::regclass::text) as definition
from read
