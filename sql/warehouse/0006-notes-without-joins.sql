-- Notes of what to recompute, by project, user and range of time, written without a join: an insert into clean costs the same
-- however many sessions its users have. A null says nothing: a note without a user is about the whole project, one without
-- an id about the sessions of the user whose window meets [since, until], one without times about the session itself.
alter table analytics.changed_session
  alter column user_id drop not null,
  alter column user_id type bigint,
  alter column id drop not null,
  alter column id type bigint,
  add column since timestamp without time zone,
  add column until timestamp without time zone;
create index on analytics.changed_session (project);
comment on table analytics.changed_session is
  'What changed below session_metrics, to be recomputed by the next refresh of the project: a session, the sessions of a user around a range of time, or (without a user) the whole project.';

-- A rate concerns the transactions of every project. The refresh hands it out to them, once it has committed: a trigger
-- would miss a project whose first landing is open at the same time.
alter table analytics.changed_rate add column project text;
comment on table analytics.changed_rate is
  'Rates to USD that changed: without a project until a refresh hands them out to all, then one for each project.';

-- Times, not sessions: which sessions lie around them is asked by the refresh, of the windows as they are then. A session
-- whose window moves is noted by its own change.
create or replace function analytics.note_sessions_around() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_session (project, user_id, since, until)
  select project, user_id, min(created_at), max(created_at)
  from changed_rows
  where created_at is not null
  group by project, user_id, created_at::date;
  return null;
end
$$;

-- The refresh asks for sessions whose window ends after a time and begins before another: few end after a recent time.
drop index clean.user_sessions_project_user_id_created_at_idx;
create index on clean.user_sessions (project, user_id, last_activity_at);

-- Ids are bigint at more and more sources. A table that is already large is widened with its sources' tables.
do $$
begin
  if not exists (select from analytics.session_metrics offset 100000) then
    alter table analytics.session_metrics
      alter column user_id type bigint,
      alter column id type bigint,
      alter column first_id type bigint,
      alter column first_usd_id type bigint;
  end if;
end
$$;
