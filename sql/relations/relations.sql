-- Where the rows of project $1 are, for the tables $3 of schemas $2, whose leaves are called $4 (three arrays of the same
-- length): the table itself where it is flat, or the project's leaf where it is partitioned, null when it has none yet. `keys`
-- are the columns of each unique index of the leaf, null while it has none; `attached` is when the leaf was attached, in seconds.
-- A leaf is looked up by its name: there may be thousands of leaves. Only those that somebody has renamed are asked for their
-- bound: pg_get_expr waits for whoever has locked the leaf.
select n.nspname as schema,
       c.relname as name,
       c.relkind = 'p' as partitioned,
       leaf.nspname as leaf_schema,
       leaf.relname as leaf_name,
       leaf.attached,
       leaf.keys
from unnest($2::text[], $3::text[], $4::text[]) w (schema, name, leaf)
join pg_namespace n on n.nspname = w.schema
join pg_class c on c.relnamespace = n.oid and c.relname = w.name and c.relkind in ('r', 'p')
left join lateral (
  select ln.nspname, l.relname,
         obj_description(l.oid, 'pg_class') as attached,
         (select json_agg((
             select json_agg(a.attname order by u.n)
             from unnest(x.indkey::int2[]) with ordinality u(attnum, n)
             join pg_attribute a on a.attrelid = l.oid and a.attnum = u.attnum
             where u.n <= x.indnkeyatts
          ))
          from pg_index x
          where x.indrelid = l.oid and x.indisunique and x.indpred is null and x.indexprs is null) as keys
  from (
    select i.inhrelid from pg_inherits i where i.inhrelid = to_regclass(w.leaf) and i.inhparent = c.oid
    union all
    select i.inhrelid
    from pg_inherits i
    join pg_class r on r.oid = i.inhrelid
    join pg_namespace rn on rn.oid = r.relnamespace
    where i.inhparent = c.oid
      and case
            when rn.nspname = 'part' and r.relname ~ '[@#]' then false
            else pg_get_expr(r.relpartbound, r.oid) = format('FOR VALUES IN (%L)', $1::text)
          end
    limit 1
  ) i (oid)
  join pg_class l on l.oid = i.oid
  join pg_namespace ln on ln.oid = l.relnamespace
) leaf on true
