-- A column that a source drops keeps its values in clean, and is null in the rows that are written since. That is harmless until a
-- view reads it.
alter table ops.position add column dropped_columns jsonb not null default '[]';
comment on column ops.position.dropped_columns is 'The columns of clean that the source had, and has no more: name, and since when.';

create view ops.dropped_column as
select p.source,
       p.table_name,
       d.name as column_name,
       d.since,
       (select string_agg(distinct format('%I.%I', vn.nspname, v.relname), ', ')
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'clean'
        join pg_attribute a on a.attrelid = c.oid and a.attname = d.name
        join pg_depend x
          on x.refclassid = 'pg_class'::regclass and x.refobjid = c.oid and x.refobjsubid = a.attnum
         and x.classid = 'pg_rewrite'::regclass
        join pg_rewrite w on w.oid = x.objid
        join pg_class v on v.oid = w.ev_class
        join pg_namespace vn on vn.oid = v.relnamespace
        where c.relname = p.table_name) as read_by
from ops.position p
cross join lateral jsonb_to_recordset(p.dropped_columns) as d (name text, since timestamptz);
comment on view ops.dropped_column is 'The columns that a source has dropped, since when, and the views of the warehouse that read them: an incident until none does.';
