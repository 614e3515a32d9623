-- Deletes of too many rows at once wait until somebody accepts them; the rows are still in clean, and counted in rows.
alter table ops.position
  add column held_deletes bigint not null default 0,
  add column accepted_deletes bigint not null default 0;
comment on column ops.position.held_deletes is 'Rows of clean that the source no longer has, and that wait for tidehouse accept.';
comment on column ops.position.accepted_deletes is 'How many of them the next run may delete.';
