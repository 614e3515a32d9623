-- Gives every source its own note of each changed rate, so that sources can be refreshed at the same time; and those whose rows
-- were kept when they were removed.
with changed as (
  delete from analytics.changed_rate where project is null returning currency, day
)
insert into analytics.changed_rate (project, currency, day)
select s.source, c.currency, c.day
from (select distinct currency, day from changed) c
cross join (select source from ops.source union select source from ops.orphan where kept) s
