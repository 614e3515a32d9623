-- How far a source's clock is ahead of the warehouse's: complete_through is a time by the source's clock, and lag is by the warehouse's.
alter table ops.source add column clock_ahead interval not null default '0';
comment on column ops.source.clock_ahead is 'How far the clock of the source was ahead of the warehouse''s at the last landing; negative when it was behind.';

create or replace view ops.freshness as
 select s.source,
    t.table_name,
    c.complete_through,
    clock_timestamp() - (c.complete_through - s.clock_ahead) as lag,
    t.rows,
    t.difference,
    t.changed_at,
    s.error,
    s.error_at,
        case
            when s.error is not null then s.failing_since
            else null::timestamp with time zone
        end as failing_since,
    t.held_back_since,
    t.problem,
    t.advice,
    t.sql
   from ops.source s
     left join lateral ( select p.table_name,
            coalesce(((p.behind -> 'snapshot'::text) ->> 'takenAt'::text)::timestamp with time zone, s.complete_through) as complete_through,
            p.rows,
            p.difference,
            p.changed_at,
            h.since as held_back_since,
            h.problem,
            h.advice,
            h.sql
           from ops."position" p
             left join ops.held_back h using (source, table_name)
          where p.source = s.source
        union all
         select h.table_name,
            null::timestamp with time zone as complete_through,
            null::bigint as rows,
            null::bigint as difference,
            null::timestamp with time zone as changed_at,
            h.since as held_back_since,
            h.problem,
            h.advice,
            h.sql
           from ops.held_back h
          where h.source = s.source and not (exists ( select
                   from ops."position" p
                  where p.source = h.source and p.table_name = h.table_name)) and not (h.elsewhere and (exists ( select
                   from ops."position" p
                  where p.table_name = h.table_name)))) t on true
     cross join lateral ( select
                case
                    when t.table_name is null then s.complete_through
                    else t.complete_through
                end as complete_through) c;
