-- The first select of the transaction: it takes the snapshot. Its clock stands before it, so that all that had
-- committed by then is seen. The control file tells the timeline late after a failover; the WAL's name does not.
select s::text as text,
       pg_snapshot_xmin(s)::text as xmin,
       pg_snapshot_xmax(s)::text as xmax,
       extract(epoch from statement_timestamp()) as taken_at,
       (select system_identifier::text from pg_control_system()) as system,
       (select datname || '/' || oid from pg_database where datname = current_database()) as database,
       pg_is_in_recovery() as standby,
       case when not pg_is_in_recovery() then substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) end as timeline
from pg_current_snapshot() s
