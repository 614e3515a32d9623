-- How far the source's log is on its disk, how long ago the snapshot of $1 (seconds since 1970) was by the source's clock, and
-- how long its WAL writer may leave an asynchronous commit unflushed.
select pg_current_wal_flush_lsn() - '0/0' as flushed,
       round((extract(epoch from clock_timestamp()) - $1::numeric)::numeric * 1000) as waited_ms,
       (select 3 * setting::integer from pg_settings where name = 'wal_writer_delay') as writer_ms
