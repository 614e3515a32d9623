-- What the last audit of each table found: rows of clean that were not as they are at the source.
create table ops.audit (
  source text not null references ops.source on delete cascade,
  table_name text not null,
  audited_at timestamptz not null,
  compared bigint not null,
  missing bigint not null,
  different bigint not null,
  surplus bigint not null,
  primary key (source, table_name)
);
comment on table ops.audit is 'The last audit of each table. A table that is not equal to its source is read whole by the run that audited it.';
comment on column ops.audit.missing is 'Rows that clean lacked.';
comment on column ops.audit.surplus is 'Rows that the source does not have.';
