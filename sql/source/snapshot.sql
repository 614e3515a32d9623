-- The first select of the transaction: it takes the snapshot. The time is read before the snapshot is taken, so everything
-- that had committed by then is seen. After a failover the control file is late with the timeline; the WAL's name is not.
select s::text as text,
       pg_snapshot_xmin(s)::text as xmin,
       pg_snapshot_xmax(s)::text as xmax,
       to_char(statement_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as taken_at,
       (select system_identifier::text from pg_control_system()) as system,
       (select datname || '/' || oid from pg_database where datname = current_database()) as database,
       pg_is_in_recovery() as standby,
       case when not pg_is_in_recovery() then substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) end as timeline
from pg_current_snapshot() s
