-- How far the audit of a large table has come, which is compared in ranges of its key: the next attempt goes on behind it.
alter table ops.audit alter column audited_at drop not null;
alter table ops.audit add column reached jsonb, add column compared_so_far bigint not null default 0;
comment on column ops.audit.audited_at is 'When the last audit of the whole table ended; null before the first one.';
comment on column ops.audit.reached is 'The column and the value up to which the audit under way has compared the table; null when none is.';
comment on column ops.audit.compared_so_far is 'How many rows the audit under way has compared.';
