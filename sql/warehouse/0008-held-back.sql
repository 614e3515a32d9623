-- A table that cannot be read or cannot land is held back: its rows stay as they last landed while the others of its source
-- land, and it is read from where it was left once its problem is over.
create table ops.held_back (
  source text not null references ops.source on delete cascade,
  table_name text not null,
  since timestamptz not null default clock_timestamp(),
  problem text not null,
  advice text,
  sql text,
  elsewhere boolean not null,
  primary key (source, table_name)
);
comment on table ops.held_back is 'The tables that the last landing of a source left out: since when, why, and what to do, with the statement to run.';
comment on column ops.held_back.elsewhere is 'The source lacks the table and need not have it: only a problem while no other source has it.';

alter table ops.position add column behind jsonb;
comment on column ops.position.behind is 'The snapshot up to which a table that is held back has landed; null when that is the one of its source.';

create or replace view ops.freshness as
select s.source,
       t.table_name,
       c.complete_through,
       clock_timestamp() - c.complete_through as lag,
       t.rows,
       t.difference,
       t.changed_at,
       s.error,
       s.error_at,
       case when s.error is not null then s.failing_since end as failing_since,
       t.held_back_since,
       t.problem,
       t.advice,
       t.sql
from ops.source s
left join lateral (
  select p.table_name,
         coalesce((p.behind -> 'snapshot' ->> 'takenAt')::timestamptz, s.complete_through) as complete_through,
         p.rows, p.difference, p.changed_at,
         h.since as held_back_since, h.problem, h.advice, h.sql
  from ops.position p
  left join ops.held_back h using (source, table_name)
  where p.source = s.source
  union all
  select h.table_name,
         null::timestamptz as complete_through, null::bigint as rows, null::bigint as difference, null::timestamptz as changed_at,
         h.since as held_back_since, h.problem, h.advice, h.sql
  from ops.held_back h
  where h.source = s.source
    and not exists (select from ops.position p where (p.source, p.table_name) = (h.source, h.table_name))
    and not (h.elsewhere and exists (select from ops.position p where p.table_name = h.table_name))
) t on true
cross join lateral (
  select case when t.table_name is null then s.complete_through else t.complete_through end as complete_through
) c;
comment on view ops.freshness is 'Per source and table: how far it is complete, how late that is, how many rows, what went wrong last, and why the table is held back.';
