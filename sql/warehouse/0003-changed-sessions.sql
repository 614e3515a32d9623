-- What is to be computed anew. Whatever writes clean, these triggers note the sessions that it touches, in the same
-- transaction. Both tables are append-only for writers, so that nobody who lands waits for a refresh.

create table analytics.changed_session (
  project text not null,
  user_id integer not null,
  id integer not null
);
comment on table analytics.changed_session is 'Sessions whose metrics are out of date; a refresh takes them out and computes them anew.';

create table analytics.changed_rate (
  currency text not null,
  day date not null
);
comment on table analytics.changed_rate is
  'Rates to USD that changed. Resolved by the refresh and not when noted: transactions of other sources may be under way that neither side could see.';

create function analytics.note_sessions() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_session (project, user_id, id)
  select project, user_id, id from changed_rows;
  return null;
end
$$;

-- A session whose window moves is noted by its own change, so the windows of now are enough here.
create function analytics.note_sessions_around() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_session (project, user_id, id)
  select distinct s.project, s.user_id, s.id
  from changed_rows c
  join clean.user_sessions s
    on s.project = c.project and s.user_id = c.user_id
   and c.created_at between s.created_at and s.last_activity_at;
  return null;
end
$$;

create function analytics.note_rates() returns trigger language plpgsql as $$
begin
  insert into analytics.changed_rate (currency, day)
  select distinct currency_from, currency_date from changed_rows where currency_to = 'USD';
  return null;
end
$$;

create trigger note_inserted after insert on clean.user_sessions referencing new table as changed_rows
  for each statement execute function analytics.note_sessions();
create trigger note_updated after update on clean.user_sessions referencing new table as changed_rows
  for each statement execute function analytics.note_sessions();
create trigger note_deleted after delete on clean.user_sessions referencing old table as changed_rows
  for each statement execute function analytics.note_sessions();

create trigger note_inserted after insert on clean.events referencing new table as changed_rows
  for each statement execute function analytics.note_sessions_around();
create trigger note_updated after update on clean.events referencing new table as changed_rows
  for each statement execute function analytics.note_sessions_around();
create trigger note_moved after update on clean.events referencing old table as changed_rows
  for each statement execute function analytics.note_sessions_around();
create trigger note_deleted after delete on clean.events referencing old table as changed_rows
  for each statement execute function analytics.note_sessions_around();

create trigger note_inserted after insert on clean.transactions referencing new table as changed_rows
  for each statement execute function analytics.note_sessions_around();
create trigger note_updated after update on clean.transactions referencing new table as changed_rows
  for each statement execute function analytics.note_sessions_around();
create trigger note_moved after update on clean.transactions referencing old table as changed_rows
  for each statement execute function analytics.note_sessions_around();
create trigger note_deleted after delete on clean.transactions referencing old table as changed_rows
  for each statement execute function analytics.note_sessions_around();

create trigger note_inserted after insert on clean.exchange_rates referencing new table as changed_rows
  for each statement execute function analytics.note_rates();
create trigger note_updated after update on clean.exchange_rates referencing new table as changed_rows
  for each statement execute function analytics.note_rates();
create trigger note_moved after update on clean.exchange_rates referencing old table as changed_rows
  for each statement execute function analytics.note_rates();
create trigger note_deleted after delete on clean.exchange_rates referencing old table as changed_rows
  for each statement execute function analytics.note_rates();
