-- Computes each view from the whole history.
\set ON_ERROR_STOP on
refresh materialized view public.transactions_in_usd;
refresh materialized view public.user_sessions_with_events_count;
refresh materialized view public.first_successful_transaction;
refresh materialized view public.first_successful_transaction_in_usd;
refresh materialized view public.sum_of_transactions_in_session;
refresh materialized view public.session_analytics;
