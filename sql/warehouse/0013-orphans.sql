-- Rows stay in clean when the config no longer has their source or their table, until somebody decides what becomes of them.
-- A source that the config no longer has still has its row in ops.source.
create table ops.orphan (
  source text not null,
  table_name text not null,
  rows bigint not null,
  since timestamptz not null default clock_timestamp(),
  kept boolean not null default false,
  primary key (source, table_name)
);
comment on table ops.orphan is 'The tables in clean that no run reads any longer for their source, because the config no longer has them.';
comment on column ops.orphan.kept is 'Somebody has decided that the rows stay.';

-- A source is renamed with all that is known of it.
alter table ops.position
  drop constraint position_source_fkey,
  add constraint position_source_fkey foreign key (source) references ops.source on delete cascade on update cascade;
alter table ops.audit
  drop constraint audit_source_fkey,
  add constraint audit_source_fkey foreign key (source) references ops.source on delete cascade on update cascade;
alter table ops.held_back
  drop constraint held_back_source_fkey,
  add constraint held_back_source_fkey foreign key (source) references ops.source on delete cascade on update cascade;

-- The rows of tables that were forgotten before there was this table: leaves without a position.
do $$
declare
  leaf record;
  project text;
  counted bigint;
begin
  for leaf in
    select i.inhrelid::regclass as name, p.relname as table_name
    from pg_inherits i
    join pg_class p on p.oid = i.inhparent
    where p.relnamespace = 'clean'::regnamespace
  loop
    execute format('select project from %s limit 1', leaf.name) into project;
    continue when project is null
      or exists (select from ops.position where (source, table_name) = (project, leaf.table_name))
      or not exists (select from ops.source where source = project and batch is not null);
    execute format('select count(*) from %s', leaf.name) into counted;
    insert into ops.orphan (source, table_name, rows) values (project, leaf.table_name, counted);
  end loop;
end
$$;
