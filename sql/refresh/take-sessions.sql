-- Takes out the noted sessions, so many at the most. A changed key that commits after this statement stays for the next refresh.
create temp table refreshing on commit drop as
with taken as (
  delete from analytics.changed_session
  where ctid = any (array(select ctid from analytics.changed_session limit :at_most))
  returning project, user_id, id
)
select distinct project, user_id, id from taken
