-- The definition of analytics.session_metrics: a session's window is [created_at, last_activity_at], both ends included,
-- and the events and transactions of its project and user in that window belong to it. First is by (created_at, id).
create or replace view analytics.session_metrics_definition as
select s.project,
       s.user_id,
       s.id,
       s.active,
       s.page_name,
       s.created_at,
       s.last_activity_at,
       s.updated_at,
       e.events,
       t.transactions,
       t.successful_transactions,
       t.unpriced_transactions,
       t.sum_in_usd,
       t.first_id,
       t.first_at,
       t.first_amount,
       t.first_currency,
       t.first_amount_in_usd,
       t.first_usd_id,
       t.first_usd_at,
       t.first_usd_amount
from clean.user_sessions s
cross join lateral (
  select count(*) as events
  from clean.events e
  where e.project = s.project and e.user_id = s.user_id
    and e.created_at between s.created_at and s.last_activity_at
) e
cross join lateral (
  select count(*) as transactions,
         count(*) filter (where t.success) as successful_transactions,
         count(*) filter (where t.success and t.amount_in_usd is null) as unpriced_transactions,
         coalesce(sum(t.amount_in_usd) filter (where t.success), 0) as sum_in_usd,
         (array_agg(t.id order by t.created_at, t.id) filter (where t.success))[1] as first_id,
         (array_agg(t.created_at order by t.created_at, t.id) filter (where t.success))[1] as first_at,
         (array_agg(t.amount order by t.created_at, t.id) filter (where t.success))[1] as first_amount,
         (array_agg(t.currency order by t.created_at, t.id) filter (where t.success))[1] as first_currency,
         (array_agg(t.amount_in_usd order by t.created_at, t.id) filter (where t.success))[1] as first_amount_in_usd,
         (array_agg(t.id order by t.created_at, t.id) filter (where t.success and t.currency = 'USD'))[1] as first_usd_id,
         (array_agg(t.created_at order by t.created_at, t.id) filter (where t.success and t.currency = 'USD'))[1] as first_usd_at,
         (array_agg(t.amount order by t.created_at, t.id) filter (where t.success and t.currency = 'USD'))[1] as first_usd_amount
  from analytics.transactions_in_usd t
  where t.project = s.project and t.user_id = s.user_id
    and t.created_at between s.created_at and s.last_activity_at
) t;
