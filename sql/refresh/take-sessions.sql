-- Takes out up to $1 noted sessions. A changed key that commits after this statement stays for the next refresh.
create temp table refreshing on commit drop as
with taken as (
  delete from analytics.changed_session
  where ctid = any (array(select ctid from analytics.changed_session limit $1))
  returning project, user_id, id
)
select distinct project, user_id, id from taken
