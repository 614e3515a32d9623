-- All other objects that depend on the views and tables $1 (schema-qualified names), directly or through further objects:
-- those that "drop … cascade" would drop too, in an order in which they can be dropped one by one. `name` is the unquoted,
-- schema-qualified name of a view; `save` returns the definition.
with recursive ours as (
  select c.oid
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('v', 'r', 'p') and n.nspname || '.' || c.relname = any ($1)
),
dependent as (
  select 'pg_class'::regclass::oid as classid, oid as objid, 0 as objsubid, 0 as depth, false as is_foreign
  from ours
  union
  -- A view depends on what it reads through its rule. Row types and indexes are parts of their relation; triggers are not.
  select case when r.oid is null then d.classid else 'pg_class'::regclass::oid end,
         coalesce(r.ev_class, d.objid),
         d.objsubid,
         dependent.depth + 1,
         d.deptype = 'n' or d.classid = 'pg_trigger'::regclass
  from dependent
  join pg_depend d
    on d.refclassid = dependent.classid and d.refobjid = dependent.objid
  left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
  where dependent.depth < 100
    and (r.ev_class is null or r.ev_class <> dependent.objid)
    -- A generated column makes its table depend on itself.
    and not (d.classid = 'pg_class'::regclass and d.objid in (select oid from ours))
)
select o.type,
       o.identity,
       (select n.nspname || '.' || c.relname
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where d.classid = 'pg_class'::regclass and c.oid = d.objid and c.relkind = 'v') as name,
       case
         when o.type in ('view', 'materialized view') then format('select pg_get_viewdef(%L::regclass)', o.identity)
         when o.type in ('function', 'procedure') then format('select pg_get_functiondef(%s)', d.objid)
         when o.type = 'trigger' then format('select pg_get_triggerdef(%s)', d.objid)
       end as save,
       case
         when o.type in ('view', 'materialized view', 'function', 'procedure', 'trigger', 'policy')
           then format('drop %s %s', o.type, o.identity)
       end as drop
from (
  select classid, objid, objsubid, max(depth) as depth
  from dependent
  where is_foreign and not (classid = 'pg_class'::regclass and objid in (select oid from ours))
  group by classid, objid, objsubid
) d
cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) o
order by d.depth desc, o.identity
