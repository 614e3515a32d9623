-- Tables to be read whole by the next run: requested by a person, or by an audit that has found a difference.
alter table ops.position add column whole_due boolean not null default false;
comment on column ops.position.whole_due is 'The next run reads the table whole. Cleared by the landing of a batch that has all of its rows.';
