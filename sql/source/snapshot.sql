-- The first select of the transaction, which takes the snapshot. The clock is read before that, so the snapshot has
-- everything committed by then. A standby has it as far as it has replayed: all that it has received while it receives, or else
-- up to the last commit. After a failover the control file is late to show the new timeline; the WAL file name is not.
-- `state` changes when the server starts, recovers from a crash, or knows us by another role.
-- What the snapshot sees was in the log by `written`, in bytes; a crash leaves what was `flushed`. A standby gets only what its
-- primary has flushed.
select s::text as text,
       pg_snapshot_xmin(s)::text as xmin,
       pg_snapshot_xmax(s)::text as xmax,
       extract(epoch from case
         when pg_is_in_recovery()
           and (pg_last_wal_replay_lsn() is distinct from pg_last_wal_receive_lsn() or not exists (select from pg_stat_wal_receiver))
           then least(statement_timestamp(), pg_last_xact_replay_timestamp())
         else statement_timestamp()
       end) as taken_at,
       (select system_identifier::text from pg_control_system()) as system,
       (select datname || '/' || oid from pg_database where datname = current_database()) as database,
       pg_is_in_recovery() as standby,
       case when pg_is_in_recovery()
         then (select lpad(upper(to_hex(timeline_id)), 8, '0') from pg_control_checkpoint())
         else substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)
       end as timeline,
       case when not pg_is_in_recovery() then pg_current_wal_insert_lsn() - '0/0' end as written,
       case when not pg_is_in_recovery() then pg_current_wal_flush_lsn() - '0/0' end as flushed,
       current_setting('wal_block_size') as page_size,
       concat_ws(' ', current_user, pg_postmaster_start_time(), (select redo_lsn from pg_control_checkpoint())) as state
from pg_current_snapshot() s
