-- What the table $1 (a regclass) is made of, as one JSON document, so that it can be made again: its columns with their types
-- without and with modifiers, the columns of its primary key, and its other indexes, each as the part of its definition
-- after the table's name.
select json_build_object(
  'columns', (
    select json_agg(json_build_object(
      'name', a.attname,
      'type', case a.atttypid
        when 'bpchar'::regtype then 'bpchar' when 'bpchar[]'::regtype then 'bpchar[]'
        else format_type(a.atttypid, null) end,
      'fullType', format_type(a.atttypid, a.atttypmod),
      'collation', case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end,
      'notNull', a.attnotnull,
      'generated', a.attgenerated <> '',
      'expression', pg_get_expr(d.adbin, d.adrelid)
    ) order by a.attnum)
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ),
  'key', coalesce((
    select json_agg(a.attname order by u.n)
    from pg_index i
    cross join unnest(i.indkey::int2[]) with ordinality u (attnum, n)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum
    where i.indrelid = c.oid and i.indisprimary
  ), '[]'),
  'keyName', (select k.conname from pg_constraint k where k.conrelid = c.oid and k.contype = 'p'),
  'indexes', (
    select coalesce(json_agg(json_build_object(
      'name', x.relname,
      'unique', i.indisunique,
      'definition', substr(
        pg_get_indexdef(i.indexrelid),
        strpos(pg_get_indexdef(i.indexrelid), format(' ON %I.%I ', n.nspname, c.relname))
          + length(format(' ON %I.%I ', n.nspname, c.relname))
      )
    ) order by x.relname), '[]')
    from pg_index i
    join pg_class x on x.oid = i.indexrelid
    where i.indrelid = c.oid and i.indisvalid
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
  ),
  'options', array_to_string(c.reloptions, ', ')
)::text as shape
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.oid = $1::regclass
