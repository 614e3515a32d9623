-- What raw lacks of a table's columns in clean is an analyst's. Until now raw lacked deleted_at, and what an earlier version had left
-- out when it made a table of raw anew.
do $$
declare
  addition text;
begin
  for addition in
    select format('alter table raw.%I add column %I %s', r.relname, a.attname, format_type(a.atttypid, a.atttypmod))
    from (
      select table_name, c ->> 'name' as column_name
      from ops.position, jsonb_array_elements(shape -> 'columns' || dropped_columns) c
      union
      select table_name, 'deleted_at' from ops.position where shape ->> 'deletes' = 'mark'
    ) known
    join pg_class r on r.relnamespace = 'raw'::regnamespace and r.relname = table_name
    join pg_class c on c.relnamespace = 'clean'::regnamespace and c.relname = table_name
    join pg_attribute a on a.attrelid = c.oid and a.attname = column_name and a.attgenerated = '' and not a.attisdropped
    where not exists (select from pg_attribute b where b.attrelid = r.oid and b.attname = a.attname)
    order by r.relname, a.attnum
  loop
    execute addition;
  end loop;
end $$;
