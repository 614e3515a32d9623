-- Gives every source its own note of each changed rate, so that sources can be refreshed at the same time.
with changed as (
  delete from analytics.changed_rate where project is null returning currency, day
)
insert into analytics.changed_rate (project, currency, day)
select s.source, c.currency, c.day
from (select distinct currency, day from changed) c
cross join ops.source s
