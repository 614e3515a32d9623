-- Rows that the warehouse refuses wait here while the rest of their table lands. A row leaves by itself when it lands, or when
-- the source no longer has it.
create table ops.quarantine (
  source text not null references ops.source on update cascade on delete cascade,
  table_name text not null,
  key text[] not null,
  batch text not null,
  since timestamptz not null default clock_timestamp(),
  line bigint not null,
  column_name text,
  value text not null,
  reason text not null,
  missing boolean not null default true,
  primary key (source, table_name, key)
);
comment on table ops.quarantine is 'Rows that the warehouse refuses: the line and the column of the staged file, the beginning of the value, and why.';
comment on column ops.quarantine.missing is 'Clean has no earlier version of the row either.';
