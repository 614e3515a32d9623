-- Recomputes the sessions of project $1 with the user ids $2 and the ids $3, each from its definition. A session that is gone
-- loses its metrics. The definition is to be that of the sessions found, so that each is looked up once.
with keys as materialized (
  select * from unnest($2::bigint[], $3::bigint[]) k (user_id, id)
), found as materialized (
  select s.*
  from keys k
  join clean.user_sessions s on s.project = $1 and s.user_id = k.user_id and s.id = k.id
), gone as (
  delete from analytics.session_metrics m
  using (select user_id, id from keys except all select user_id, id from found) k
  where m.project = $1 and m.user_id = k.user_id and m.id = k.id
  returning 1
), computed as (
  insert into analytics.session_metrics as m (
    project, user_id, id, active, page_name, created_at, last_activity_at, updated_at, events, transactions,
    successful_transactions, unpriced_transactions, sum_in_usd, first_id, first_at, first_amount,
    first_currency, first_amount_in_usd, first_usd_id, first_usd_at, first_usd_amount
  )
  select
    d.project, d.user_id, d.id, d.active, d.page_name, d.created_at, d.last_activity_at, d.updated_at,
    d.events, d.transactions, d.successful_transactions, d.unpriced_transactions, d.sum_in_usd, d.first_id,
    d.first_at, d.first_amount, d.first_currency, d.first_amount_in_usd, d.first_usd_id, d.first_usd_at,
    d.first_usd_amount
  from analytics.session_metrics_definition d
  on conflict (project, user_id, id) do update
  set active = excluded.active,
      page_name = excluded.page_name,
      created_at = excluded.created_at,
      last_activity_at = excluded.last_activity_at,
      updated_at = excluded.updated_at,
      events = excluded.events,
      transactions = excluded.transactions,
      successful_transactions = excluded.successful_transactions,
      unpriced_transactions = excluded.unpriced_transactions,
      sum_in_usd = excluded.sum_in_usd,
      first_id = excluded.first_id,
      first_at = excluded.first_at,
      first_amount = excluded.first_amount,
      first_currency = excluded.first_currency,
      first_amount_in_usd = excluded.first_amount_in_usd,
      first_usd_id = excluded.first_usd_id,
      first_usd_at = excluded.first_usd_at,
      first_usd_amount = excluded.first_usd_amount
  where m.* *<> excluded.*
  returning 1
)
select (select count(*) from gone) + (select count(*) from computed) as sessions
