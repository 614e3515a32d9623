-- The expected contents of session_analytics and its relatives, computed from clean alone and differently from sql/analytics:
-- joins and window functions over everything, no lateral lookups, no materialization.
with priced as (
  select t.*,
         r.currency_date,
         case t.currency when 'USD' then 1 else r.exchange_rate end as rate,
         row_number() over (
           partition by t.project, t.user_id, t.id
           order by r.currency_date desc nulls last, (r.project = t.project) desc nulls last, r.project
         ) as choice
  from clean.transactions t
  left join clean.exchange_rates r
    on t.currency <> 'USD'
   and r.currency_from = t.currency
   and r.currency_to = 'USD'
   and t.created_at::date - r.currency_date between 0 and 7
), transaction as (
  select project, user_id, id, created_at, amount, currency, success, amount * rate as usd from priced where choice = 1
), paid as (
  select s.project, s.user_id, s.id as session_id, t.id, t.created_at, t.amount, t.currency, t.usd, t.success,
         row_number() over (
           partition by s.project, s.user_id, s.id, t.success order by t.created_at, t.id
         ) as nth,
         row_number() over (
           partition by s.project, s.user_id, s.id, t.success, t.currency = 'USD' order by t.created_at, t.id
         ) as nth_in_usd
  from clean.user_sessions s
  join transaction t
    on t.project = s.project and t.user_id = s.user_id
   and t.created_at >= s.created_at and t.created_at <= s.last_activity_at
), summed as (
  select project, user_id, session_id,
         count(*) as transactions,
         sum(case when success then 1 else 0 end) as successful,
         sum(case when success and usd is null then 1 else 0 end) as unpriced,
         sum(case when success then usd end) as usd,
         min(case when success and nth = 1 then id end) as first_id,
         min(case when success and nth = 1 then created_at end) as first_at,
         min(case when success and nth = 1 then usd end) as first_usd_worth,
         min(case when success and currency = 'USD' and nth_in_usd = 1 then id end) as first_usd_id,
         min(case when success and currency = 'USD' and nth_in_usd = 1 then created_at end) as first_usd_at
  from paid
  group by project, user_id, session_id
), counted as (
  select s.project, s.user_id, s.id as session_id, count(e.id) as events
  from clean.user_sessions s
  left join clean.events e
    on e.project = s.project and e.user_id = s.user_id
   and e.created_at >= s.created_at and e.created_at <= s.last_activity_at
  group by s.project, s.user_id, s.id
)
select s.project, s.user_id, s.id, c.events,
       coalesce(m.usd, 0) as sum_in_usd,
       coalesce(m.transactions, 0) as transactions,
       coalesce(m.successful, 0) as successful,
       coalesce(m.unpriced, 0) as unpriced,
       m.first_id, m.first_at, m.first_usd_worth, m.first_usd_id, m.first_usd_at,
       s.page_name, s.active, s.created_at, s.last_activity_at, s.updated_at
from clean.user_sessions s
join counted c on c.project = s.project and c.user_id = s.user_id and c.session_id = s.id
left join summed m on m.project = s.project and m.user_id = s.user_id and m.session_id = s.id
