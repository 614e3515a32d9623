-- The columns, keys, leaf relations and privileges of tables: one JSON document each. Of the relations $2 in the schemas $1
-- (arrays of the same length), and of the ordinary and partitioned tables whose schema is like $3 and whose name is like $4.
-- `type` is the column's type in the warehouse: that of the source without length, precision or scale; for a domain over a number,
-- a boolean or a time the type that it is over; and text for other types that only the source knows (enums, domains, composites,
-- extension types, object names). All are read as the source prints them, except xml, which is printed without its
-- declaration: `cast` is the type as which it is read to keep it.
-- `origin` changes with everything that can change the text of a value without writing its row: the column's number, the
-- definition of each type that its own type is made of, and the expression of a virtual generated column. It cannot cover the
-- names of other objects, which reg* types show.
-- `attributes` is the number of the last column that was ever added. `filled` are the columns that are not null in rows which are
-- older than they are: those that were added with a default, or are generated.
-- Of tables that another session locks or is about to lock, it asks for no leaves and sizes: that would wait for the lock.
with recursive locked as materialized (
  select coalesce(pg_partition_root(l.relation), l.relation)::oid as oid
  from pg_locks l
  where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock'
    and l.database = (select oid from pg_database where datname = current_database())
),
wanted as (
  select c.*, n.nspname
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where (n.nspname::text, c.relname::text) in (select w.schema, w.name from unnest($1::text[], $2::text[]) w (schema, name))
     or (c.relkind in ('r', 'p') and not c.relispartition
         and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
         and exists (
           select from unnest($3::text[], $4::text[]) w (schema, name)
           where n.nspname like w.schema and c.relname like w.name
         ))
),
-- The types that only the source knows (Postgres gives its own lower numbers), each with all types that it is made of.
made_of (whole, part) as (
  select a.atttypid, a.atttypid
  from wanted c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where a.atttypid >= 16384
  union
  select m.whole, p.part
  from made_of m
  join pg_type t on t.oid = m.part
  cross join lateral (
    select t.typbasetype where t.typtype = 'd'
    union all
    select t.typelem where t.typelem <> 0
    union all
    select a.atttypid from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    union all
    -- Postgres 13 has no multiranges, and no column for them.
    select r.rngsubtype
    from pg_range r
    where t.typtype in ('r', 'm') and t.oid in (r.rngtypid, (to_jsonb(r) ->> 'rngmultitypid')::oid)
  ) p (part)
),
definitions as (
  select m.whole,
         md5(string_agg(concat_ws(' ',
           t.oid,
           t.typoutput::oid,
           (select string_agg(a.attnum || ' ' || a.atttypid, ',' order by a.attnum)
            from pg_attribute a
            where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped),
           (select string_agg(e.oid || ' ' || e.enumlabel, ',' order by e.oid) from pg_enum e where e.enumtypid = t.oid)
         ), ';' order by t.oid)) as md5
  from made_of m
  join pg_type t on t.oid = m.part
  group by m.whole
)
select json_build_object(
  'oid', c.oid::text,
  'schema', c.nspname,
  'name', c.relname,
  'kind', c.relkind,
  'populated', c.relispopulated,
  'partition', c.relispartition,
  'role', current_user,
  'usable', has_schema_privilege(c.relnamespace, 'usage'),
  'readable', readable,
  'sweepable', readable or has_column_privilege(c.oid, (-2)::int2, 'select'),
  'filtered', row_security_active(c.oid),
  'columns', (
    select coalesce(json_agg(json_build_object(
      'name', a.attname,
      'type', case
        when known then case base.typname
          when 'bpchar' then 'bpchar'
          when 'bit' then 'bit varying'
          else format_type(base.oid, null)
        end || case when element.oid is null then '' else '[]' end
        else 'text'
      end,
      'cast', case coalesce(beneath.oid, t.oid) when 'xml'::regtype then 'text' when 'xml[]'::regtype then 'text[]' end,
      'readable', readable or has_column_privilege(c.oid, a.attnum, 'select'),
      'origin', concat_ws(' ',
        a.attnum,
        (select d.md5 from definitions d where a.atttypid >= 16384 and d.whole = a.atttypid),
        (select md5(pg_get_expr(x.adbin, x.adrelid))
         from pg_attrdef x
         where a.attgenerated = 'v' and x.adrelid = a.attrelid and x.adnum = a.attnum)
      )
    ) order by a.attnum), '[]')
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join lateral (
      with recursive beneath (oid) as (
        select t.typbasetype where t.typtype = 'd'
        union all
        select b.typbasetype from beneath join pg_type b on b.oid = beneath.oid where b.typtype = 'd'
      )
      select b.* from beneath join pg_type b on b.oid = beneath.oid where b.typtype <> 'd'
    ) beneath on true
    left join lateral (
      select beneath.oid
      where beneath.typtype = 'b' and beneath.typcategory in ('N', 'B', 'D', 'T')
        and beneath.typnamespace = 'pg_catalog'::regnamespace
    ) domain_over on true
    left join pg_type element on element.oid = t.typelem and element.typarray = t.oid
    join pg_type base on base.oid = coalesce(domain_over.oid, element.oid, t.oid)
    cross join lateral (
      select base.typnamespace = 'pg_catalog'::regnamespace and base.typtype in ('b', 'r', 'm')
         and base.typname !~ '^(reg|aclitem)' as known
    ) k
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ),
  'attributes', c.relnatts,
  'filled', (
    select coalesce(json_agg(distinct a.attname), '[]')
    from (
      select c.oid
      union all
      select relid::oid from pg_partition_tree(case when c.relkind = 'p' and not is_locked then c.oid end)
    ) part
    join pg_attribute a on a.attrelid = part.oid
    where a.attnum > 0 and (a.atthasmissing or a.attgenerated <> '' or a.attidentity <> '')
  ),
  'keys', coalesce(u.keys, '[]'),
  'leaves', (
    select coalesce(json_agg(json_build_object(
      'oid', leaf.oid::text,
      -- A crash empties an unlogged table and leaves it its file.
      'filenode', pg_relation_filenode(leaf.oid)
        || case when k.relpersistence = 'u' and pg_relation_size(leaf.oid) = 0 then ' empty' else '' end,
      'kind', k.relkind,
      'bytes', case when u.keys is null then pg_table_size(leaf.oid) end,
      -- An empty table is never analysed.
      'rows', case when k.reltuples >= 0 then k.reltuples when pg_relation_size(leaf.oid) = 0 then 0 end
    ) order by leaf.oid), '[]')
    from (
      select c.oid where c.relkind in ('r', 'm') and not is_locked
      union all
      select relid::oid from pg_partition_tree(case when not is_locked then c.oid end) where c.relkind = 'p' and isleaf
    ) leaf
    left join pg_class k on k.oid = leaf.oid
  )
)::text as found
from wanted c
cross join lateral (select has_table_privilege(c.oid, 'select') as readable, c.oid in (select oid from locked) as is_locked) p
cross join lateral (
  select json_agg(json_build_object('columns', k.columns, 'primary', i.indisprimary)
           order by i.indisprimary desc, cardinality(k.columns), i.indexrelid) as keys
  from pg_index i
  cross join lateral (
    select array_agg(a.attname::text order by u.n) as columns, bool_and(a.attnotnull) as not_null
    from unnest(i.indkey::int2[]) with ordinality u(attnum, n)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum
    where u.n <= i.indnkeyatts
  ) k
  where i.indrelid = c.oid
    and i.indisunique and i.indisvalid
    and i.indpred is null and i.indexprs is null
    and k.not_null
) u
