-- The four rooms of the warehouse. ops is what the sync itself stands on; the others hold what it brings.
create schema raw;
create schema clean;
create schema analytics;
create schema if not exists ops;

create table ops.source (
  source text primary key,
  batch text,
  snapshot text,
  snapshot_xmin xid8,
  snapshot_xmax xid8,
  complete_through timestamptz,
  system_identifier text,
  database text,
  timeline text,
  landed_at timestamptz,
  error text,
  error_at timestamptz
);
comment on table ops.source is 'One row per source: the last landed batch and its snapshot. Its row lock is the fence: every transaction of a source takes it first.';
comment on column ops.source.complete_through is 'The source''s clock: every transaction that had committed by then is in clean.';

create table ops.position (
  source text not null references ops.source on delete cascade,
  table_name text not null,
  rows bigint not null,
  difference bigint not null default 0,
  shape jsonb not null,
  keys_due smallint not null default 0,
  changed_at timestamptz not null,
  primary key (source, table_name)
);
comment on column ops.position.rows is 'Rows of this source and table in clean, kept by inserted and deleted in the transaction that lands them.';
comment on column ops.position.difference is 'Rows that the source counted beyond that and that no batch could explain; anything but 0 is an incident.';
comment on column ops.position.shape is 'Columns, key and leaf relations (oid, filenode) of the table at the source.';

create table ops.batch (
  batch text primary key,
  source text not null,
  after text,
  snapshot text not null,
  complete_through timestamptz not null,
  landed_at timestamptz not null default clock_timestamp()
);
create index on ops.batch (source, landed_at desc);

create table ops.batch_table (
  batch text not null references ops.batch on delete cascade,
  table_name text not null,
  strategy text not null,
  extracted bigint not null,
  inserted bigint not null,
  updated bigint not null,
  unchanged bigint not null,
  deleted bigint not null,
  rows bigint not null,
  primary key (batch, table_name)
);
comment on table ops.batch_table is 'The ledger: what each batch did to each table that it changed or read rows of.';

create view ops.freshness as
select s.source,
       p.table_name,
       s.complete_through,
       clock_timestamp() - s.complete_through as lag,
       p.rows,
       p.difference,
       p.changed_at,
       s.error,
       s.error_at
from ops.source s
left join ops.position p using (source);
comment on view ops.freshness is 'Per source and table: how far it is complete, how late that is, how many rows, what went wrong last.';

do $$
begin
  execute format('alter database %I set search_path = "$user", public, analytics, clean', current_database());
end
$$;
