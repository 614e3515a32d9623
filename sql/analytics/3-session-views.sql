-- The analysts' views over analytics.session_metrics: within one snapshot they agree.

create or replace view analytics.user_sessions_with_events_count as
select project, user_id, id, active, page_name, created_at, last_activity_at, updated_at,
       events as amount_of_events_in_session
from analytics.session_metrics;

create or replace view analytics.first_successful_transaction as
select project, user_id, id as session_id,
       first_id as id, first_at as created_at, first_amount as amount, first_currency as currency,
       first_amount_in_usd as amount_in_usd
from analytics.session_metrics
where first_id is not null;

create or replace view analytics.first_successful_transaction_in_usd as
select project, user_id, id as session_id,
       first_usd_id as id, first_usd_at as created_at, first_usd_amount as amount_in_usd
from analytics.session_metrics
where first_usd_id is not null;

create or replace view analytics.sum_of_transactions_in_session as
select project, user_id, id as session_id,
       sum_in_usd, successful_transactions, unpriced_transactions
from analytics.session_metrics;

create or replace view analytics.session_analytics as
select project,
       id,
       user_id,
       events as amount_of_events_in_session,
       sum_in_usd,
       first_at as first_successful_transaction,
       first_usd_at as first_successful_transaction_in_usd,
       transactions as amount_of_transactions_in_session,
       successful_transactions,
       unpriced_transactions,
       active,
       page_name,
       created_at,
       last_activity_at,
       updated_at
from analytics.session_metrics;
