-- Takes the changed rates and adds the sessions with transactions that they may price: those of the rate's day and of the
-- seven days after it. Sessions still in changed_session are left to the refresh that takes them, which sees the rates too.
with taken as (
  delete from analytics.changed_rate returning currency, day
), priced as (
  select distinct t.project, t.user_id, t.created_at
  from (select distinct currency, day from taken) r
  join clean.transactions t
    on t.currency = r.currency
   and t.created_at >= r.day
   and t.created_at < r.day + 8
)
insert into refreshing (project, user_id, id)
select distinct s.project, s.user_id, s.id
from priced p
join clean.user_sessions s
  on s.project = p.project and s.user_id = p.user_id
 and p.created_at between s.created_at and s.last_activity_at
where not exists (
  select from analytics.changed_session c
  where (c.project, c.user_id, c.id) = (s.project, s.user_id, s.id)
)
