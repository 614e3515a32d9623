-- The role that reads the source; it can only select. Its password is the setting demo.reader_password:
--   PGOPTIONS="-c demo.reader_password=secret" psql -1 -f sql/demo/reader.sql <url of the source>
do $$
declare
  options text := format('login password %L', current_setting('demo.reader_password'));
begin
  -- Roles belong to the whole server, and this may run in two of its databases at the same time.
  lock table pg_catalog.pg_authid in share row exclusive mode;
  if exists (select from pg_catalog.pg_roles where rolname = 'tidehouse_reader') then
    execute 'alter role tidehouse_reader ' || options;
  else
    execute 'create role tidehouse_reader ' || options;
  end if;
end
$$;

grant usage on schema public to tidehouse_reader;
grant select on all tables in schema public to tidehouse_reader;
alter default privileges in schema public grant select on tables to tidehouse_reader;
