-- Sessions of the last $1 days (UTC) by the day they began and project.
select extract(epoch from created_at::date) * 1000 as day,
       project,
       count(*) as sessions,
       sum(events) as events,
       round(sum(sum_in_usd), 2) as usd,
       count(*) filter (where successful_transactions > 0) as buying,
       sum(unpriced_transactions) as unpriced
from analytics.session_metrics
where created_at >= (now() at time zone 'UTC')::date - $1::int and created_at < now() at time zone 'UTC' + interval '1 day'
group by 1, 2
order by 1, 2
