-- Takes notes of project $1, of $2 changes or a few more, and its changed rates, and returns the keys of the sessions that they
-- are about as two arrays. A rate concerns the transactions of its day and of the seven days after it. What commits after this
-- statement stays for the next one. By ctid, because only one refresh of a project takes its notes, and a join would be planned
-- on statistics of a table that is empty most of the time. The order of the sessions makes their lookup an index scan for each
-- time: a bitmap of so few rows costs more than it saves.
with taken as materialized (
  delete from analytics.changed_session
  where ctid = any (array(
    select note
    from (
      select note, coalesce(sum(changes) over (rows between unbounded preceding and 1 preceding), 0) as before
      from (
        select ctid as note, cardinality(user_ids) as changes from analytics.changed_session where project = $1 limit $2
      ) waiting
    ) counted
    where before < $2
  ))
  returning user_ids, ids, since, until
), rates as materialized (
  delete from analytics.changed_rate where project = $1 returning currency, day
), times as (
  select n.*
  from taken t
  cross join lateral unnest(t.user_ids, t.since, t.until) n (user_id, since, until)
  where t.ids is null
  union all
  select t.user_id, min(t.created_at), max(t.created_at)
  from (select distinct currency, day from rates) r
  join clean.transactions t
    on t.project = $1
   and t.currency = r.currency
   and t.created_at >= r.day
   and t.created_at < r.day + 8
  group by t.user_id, t.created_at::date
), keys as (
  select n.*
  from taken t
  cross join lateral unnest(t.user_ids, t.ids) n (user_id, id)
  where t.ids is not null
  union
  select s.user_id, s.id
  from times n
  cross join lateral (
    select s.user_id, s.id
    from clean.user_sessions s
    where s.project = $1
      and s.user_id = n.user_id
      and s.last_activity_at >= n.since
      and s.created_at <= n.until
    order by s.last_activity_at
  ) s
)
select (select count(*) >= $2 or sum(cardinality(user_ids)) >= $2 from taken) as full,
       exists (select from taken where user_ids is null) as whole,
       array_agg(user_id) as user_ids,
       array_agg(id) as ids
from keys
