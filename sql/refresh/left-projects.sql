-- The projects other than $1 whose notes nobody else takes soon: a changed rate, which came with another source, or notes of
-- a project whose own source has not landed within an hour.
select project from analytics.changed_rate where project <> $1
union
select project
from (select distinct project from analytics.changed_session where project <> $1) noted
where not exists (
  select from ops.source s where s.source = noted.project and s.landed_at > now() - interval '1 hour'
)
