-- Takes up to $2 sessions, of project $1 or of any project, with all their rows in changed_session. Rows committed after
-- this statement are left to the next refresh.
with chosen as materialized (
  select distinct project, user_id, id
  from analytics.changed_session
  where $1::text is null or project = $1
  limit $2
), taken as (
  delete from analytics.changed_session c
  using chosen
  where (c.project, c.user_id, c.id) = (chosen.project, chosen.user_id, chosen.id)
), kept as (
  insert into refreshing (project, user_id, id)
  select project, user_id, id from chosen
)
select count(*) as taken from chosen
