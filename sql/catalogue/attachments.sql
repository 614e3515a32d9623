-- What was attached to the table $1 (a regclass) by others and cannot be moved to another table: each with the statement that
-- removes it. The triggers that note changed sessions are not among them.
with relation as (
  select c.oid, c.relrowsecurity, format('%I.%I', n.nspname, c.relname) as name
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.oid = $1::regclass
)
select format('trigger %I on %s', t.tgname, r.name) as attached, format('drop trigger %I on %s', t.tgname, r.name) as remove
from relation r
join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
join pg_proc p on p.oid = t.tgfoid
where not (t.tgname like 'note\_%' and p.pronamespace = 'analytics'::regnamespace)
union all
select format('constraint %I on %s', k.conname, r.name), format('alter table %s drop constraint %I', r.name, k.conname)
from relation r
join pg_constraint k on k.conrelid = r.oid and k.contype not in ('p', 'n', 't')
union all
-- A leaf has one unique index, on its key.
select format('unique index %I.%I', n.nspname, c.relname), format('drop index %I.%I', n.nspname, c.relname)
from relation r
join pg_index i on i.indrelid = r.oid and i.indisunique
join pg_class c on c.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('clean', 'raw')
where not exists (select from pg_constraint k where k.conindid = i.indexrelid)
union all
select format('rule %I on %s', w.rulename, r.name), format('drop rule %I on %s', w.rulename, r.name)
from relation r
join pg_rewrite w on w.ev_class = r.oid
union all
select format('policy %I on %s', p.polname, r.name), format('drop policy %I on %s', p.polname, r.name)
from relation r
join pg_policy p on p.polrelid = r.oid
union all
select format('row security on %s', r.name), format('alter table %s disable row level security', r.name)
from relation r
where r.relrowsecurity
union all
select format('statistics %I.%I on %s', n.nspname, s.stxname, r.name), format('drop statistics %I.%I', n.nspname, s.stxname)
from relation r
join pg_statistic_ext s on s.stxrelid = r.oid
join pg_namespace n on n.oid = s.stxnamespace
union all
select format('publication %I of %s', p.pubname, r.name), format('alter publication %I drop table %s', p.pubname, r.name)
from relation r
join pg_publication_rel l on l.prrelid = r.oid
join pg_publication p on p.oid = l.prpubid
union all
select format('identity of column %I of %s', a.attname, r.name),
       format('alter table %s alter column %I drop identity', r.name, a.attname)
from relation r
join pg_attribute a on a.attrelid = r.oid and a.attidentity <> ''
order by 1
