-- Takes out up to $2 noted sessions, of project $1 or of any. What commits after this statement stays for the next refresh.
with taken as (
  delete from analytics.changed_session
  where ctid = any (array(
    select ctid from analytics.changed_session where $1::text is null or project = $1 limit $2
  ))
  returning project, user_id, id
), kept as (
  insert into refreshing (project, user_id, id)
  select distinct project, user_id, id from taken
)
select count(*) as taken from taken
