-- The six views of the analysts as materialized views, created after the first load.
\set ON_ERROR_STOP on
analyze;

create materialized view public.transactions_in_usd as
select t.*,
       case when t.currency = 'USD' then t.amount else t.amount * rate.exchange_rate end as amount_in_usd
from clean.transactions t
left join lateral (
  select r.exchange_rate
  from clean.exchange_rates r
  where r.currency_from = t.currency
    and r.currency_to = 'USD'
    and r.currency_date between t.created_at::date - 7 and t.created_at::date
  order by r.currency_date desc
  limit 1
) rate on t.currency <> 'USD';

create materialized view public.user_sessions_with_events_count as
select s.*,
       (select count(*) from clean.events e
        where e.project = s.project and e.user_id = s.user_id
          and e.created_at between s.created_at and s.last_activity_at) as amount_of_events_in_session
from clean.user_sessions s;

create materialized view public.first_successful_transaction as
select distinct on (s.project, s.user_id, s.id)
       s.project, s.user_id, s.id as session_id, t.id, t.created_at, t.amount, t.currency, t.amount_in_usd
from clean.user_sessions s
join public.transactions_in_usd t
  on t.project = s.project and t.user_id = s.user_id and t.created_at between s.created_at and s.last_activity_at
where t.success
order by s.project, s.user_id, s.id, t.created_at, t.id;

create materialized view public.first_successful_transaction_in_usd as
select distinct on (s.project, s.user_id, s.id)
       s.project, s.user_id, s.id as session_id, t.id, t.created_at, t.amount
from clean.user_sessions s
join public.transactions_in_usd t
  on t.project = s.project and t.user_id = s.user_id and t.created_at between s.created_at and s.last_activity_at
where t.success and t.currency = 'USD'
order by s.project, s.user_id, s.id, t.created_at, t.id;

create materialized view public.sum_of_transactions_in_session as
select s.project, s.user_id, s.id as session_id,
       sum(t.amount_in_usd) as sum_in_usd,
       count(*) as successful_transactions,
       count(*) filter (where t.amount_in_usd is null) as unpriced_transactions
from clean.user_sessions s
join public.transactions_in_usd t
  on t.project = s.project and t.user_id = s.user_id and t.created_at between s.created_at and s.last_activity_at
where t.success
group by s.project, s.user_id, s.id;

create materialized view public.session_analytics as
select s.project, s.id, s.user_id, s.amount_of_events_in_session,
       coalesce(total.sum_in_usd, 0) as sum_in_usd,
       first.created_at as first_successful_transaction,
       usd.created_at as first_successful_transaction_in_usd
from public.user_sessions_with_events_count s
left join public.sum_of_transactions_in_session total
  on (total.project, total.user_id, total.session_id) = (s.project, s.user_id, s.id)
left join public.first_successful_transaction first
  on (first.project, first.user_id, first.session_id) = (s.project, s.user_id, s.id)
left join public.first_successful_transaction_in_usd usd
  on (usd.project, usd.user_id, usd.session_id) = (s.project, s.user_id, s.id);
