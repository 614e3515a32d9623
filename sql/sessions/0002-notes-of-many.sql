-- A note is about many changes: one row of arrays in place of up to 64 rows, which a landing writes and a refresh takes at a
-- fraction of the cost. 64 changes fit into a row that Postgres stores without TOAST.
alter table analytics.changed_session
  alter column user_id type bigint[] using case when user_id is not null then array[user_id] end,
  alter column id type bigint[] using case when id is not null then array[id] end,
  alter column since type timestamp without time zone[] using case when since is not null then array[since] end,
  alter column until type timestamp without time zone[] using case when until is not null then array[until] end;
alter table analytics.changed_session rename column user_id to user_ids;
alter table analytics.changed_session rename column id to ids;
comment on table analytics.changed_session is 'What changed below session_metrics, to be recomputed by the next refresh of the project: sessions (user_ids, ids), the sessions of users around ranges of time (user_ids, since, until), or (without users) the whole project.';

create or replace function analytics.note_sessions() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_session (project, user_ids, ids)
  select project, array_agg(user_id), array_agg(id)
  from (select project, user_id, id, row_number() over () / 64 as portion from changed_rows) changed
  group by project, portion;
  return null;
end
$$;

create or replace function analytics.note_moved_sessions() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_session (project, user_ids, ids)
  select project, array_agg(user_id), array_agg(id)
  from (
    select project, user_id, id, row_number() over () / 64 as portion
    from (
      select project, user_id, id from old_rows
      except
      select project, user_id, id from new_rows
    ) moved
  ) changed
  group by project, portion;
  return null;
end
$$;

create or replace function analytics.note_sessions_around() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_session (project, user_ids, since, until)
  select project, array_agg(user_id), array_agg(since), array_agg(until)
  from (
    select project, user_id, min(created_at) as since, max(created_at) as until, row_number() over () / 64 as portion
    from changed_rows
    where created_at is not null
    group by project, user_id, created_at::date
  ) changed
  group by project, portion;
  return null;
end
$$;

-- Space in each page for the next version of its rows: a recomputed session then needs no new entry in the index.
alter table analytics.session_metrics set (fillfactor = 85);
