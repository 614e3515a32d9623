-- The keys of a batch no longer have tables in raw: a load makes one for itself, and its landing drops it. No table of a source
-- could have the name of one so far.
do $$
declare
  name text;
begin
  for name in
    select c.relname from pg_class c
    where c.relnamespace = 'raw'::regnamespace and c.relkind in ('r', 'p') and c.relname like '%.keys'
  loop
    execute format('drop table raw.%I', name);
  end loop;
end
$$;
