-- Every transaction with its value in USD. The rate of USD is 1; otherwise it is the latest rate to USD on or before the
-- transaction's day, at most seven days old. Without a rate the transaction is unpriced: null, never dropped. A source's own
-- rates take precedence over another's.
create or replace view analytics.transactions_in_usd as
select t.project,
       t.user_id,
       t.id,
       t.created_at,
       t.amount,
       t.currency,
       t.success,
       case when t.currency = 'USD' then 1 else rate.exchange_rate end as exchange_rate,
       case when t.currency = 'USD' then t.created_at::date else rate.currency_date end as rate_date,
       case when t.currency = 'USD' then t.amount else t.amount * rate.exchange_rate end as amount_in_usd
from clean.transactions t
left join lateral (
  select r.exchange_rate, r.currency_date
  from clean.exchange_rates r
  where r.currency_from = t.currency
    and r.currency_to = 'USD'
    and r.currency_date between t.created_at::date - 7 and t.created_at::date
  order by r.currency_date desc, r.project = t.project desc, r.project
  limit 1
) rate on t.currency <> 'USD';
