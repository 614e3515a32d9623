-- The settings of each of the views and tables $1 (schema-qualified names) beyond its definition: one JSON document each, or
-- no row for one that does not exist. `columns` are its columns; `comments` and `grants` are statements, each with its column
-- (null: the relation itself); `revokes` revoke all privileges of other roles; `owner` sets the owner.
with granted as (
  select c.oid, a.attname, a.privilege_type, a.is_grantable,
         case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as role
  from pg_class c
  cross join lateral (
    select null::name as attname, acl.* from aclexplode(c.relacl) acl
    union all
    select t.attname, acl.*
    from pg_attribute t
    cross join lateral aclexplode(t.attacl) acl
    where t.attrelid = c.oid and t.attnum > 0
  ) a
  where c.relkind in ('v', 'r', 'p') and a.grantee <> c.relowner
)
select json_build_object(
  'relation', v.relation,
  'columns', (select json_agg(attname) from pg_attribute where attrelid = v.oid and attnum > 0),
  'comments', (
    select coalesce(json_agg(json_build_object(
      'column', a.attname,
      'statement', format(
        'comment on %s is %L',
        case when a.attname is null then v.kind || ' ' || v.relation else format('column %s.%I', v.relation, a.attname) end,
        d.description
      )
    )), '[]')
    from pg_description d
    left join pg_attribute a on a.attrelid = v.oid and a.attnum = d.objsubid and d.objsubid > 0
    where d.classoid = 'pg_class'::regclass and d.objoid = v.oid
  ),
  'grants', (
    select coalesce(json_agg(json_build_object(
      'column', g.attname,
      'statement', format(
        'grant %s%s on %s to %s%s',
        g.privilege_type,
        case when g.attname is not null then format(' (%I)', g.attname) end,
        v.relation,
        g.role,
        case when g.is_grantable then ' with grant option' end
      )
    )), '[]')
    from granted g
    where g.oid = v.oid
  ),
  'revokes', (
    select coalesce(json_agg(distinct format('revoke all on %s from %s', v.relation, g.role)), '[]')
    from granted g
    where g.oid = v.oid
  ),
  'owner', case when v.owner <> current_user then format('alter %s %s owner to %I', v.kind, v.relation, v.owner) end
)::text as settings
from (
  select c.oid, format('%I.%I', n.nspname, c.relname) as relation,
         case c.relkind when 'v' then 'view' else 'table' end as kind,
         pg_get_userbyid(c.relowner) as owner
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('v', 'r', 'p') and n.nspname || '.' || c.relname = any ($1)
) v
