-- A session that a person gives another key, or moves to another project, must lose its metrics under the old one. A landing
-- never changes a key, and notes nothing here.
create function analytics.note_moved_sessions() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_session (project, user_id, id)
  select project, user_id, id from old_rows
  except
  select project, user_id, id from new_rows;
  return null;
end
$$;

create or replace function analytics.create_note_triggers(relation regclass, table_name text) returns void
language plpgsql as $$
declare
  note text := case
    when table_name = 'user_sessions' then 'note_sessions'
    when table_name in ('events', 'transactions') then 'note_sessions_around'
  end;
begin
  if note is null then
    return;
  end if;
  execute format('create trigger note_inserted after insert on %s referencing new table as changed_rows
                  for each statement execute function analytics.%I()', relation, note);
  execute format('create trigger note_updated after update on %s referencing new table as changed_rows
                  for each statement execute function analytics.%I()', relation, note);
  execute format('create trigger note_deleted after delete on %s referencing old table as changed_rows
                  for each statement execute function analytics.%I()', relation, note);
  if note = 'note_sessions_around' then
    execute format('create trigger note_moved after update on %s referencing old table as changed_rows
                    for each statement execute function analytics.%I()', relation, note);
  else
    execute format('create trigger note_moved after update on %s referencing old table as old_rows new table as new_rows
                    for each statement execute function analytics.note_moved_sessions()', relation);
  end if;
end
$$;

-- The table of the sessions itself before its leaves, as landings lock them.
do $$
declare
  relation regclass;
begin
  for relation in
    select c.oid
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    where t.tgname = 'note_updated' and t.tgfoid = 'analytics.note_sessions()'::regprocedure
    order by c.relispartition, c.relname
  loop
    execute format('create trigger note_moved after update on %s referencing old table as old_rows new table as new_rows
                    for each statement execute function analytics.note_moved_sessions()', relation);
  end loop;
end
$$;
