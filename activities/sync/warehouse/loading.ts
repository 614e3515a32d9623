import type { Client } from 'pg';

const lock = `hashtext('tidehouse.load'), hashtext($1)`;

/** Marks the current transaction as one that loads raw rows of `source`. Blocks nobody. */
export async function markLoading(client: Client, source: string): Promise<void> {
  await client.query(`select pg_advisory_xact_lock_shared(${lock})`, [source]);
}

/**
 * Waits until no raw rows are being loaded, for any source, and keeps loads from beginning until the end of the transaction.
 */
export async function lockLoads(client: Client): Promise<void> {
  await client.query(
    `select pg_advisory_xact_lock(hashtext('tidehouse.load'), hashtext(source))
     from (select source from ops.source order by source) s`,
  );
}

/**
 * Ends the connections of earlier attempts that are still loading raw rows of `source`: the caller replaces them. No
 * timeout ends a COPY whose sender is frozen, and it would block changes to raw tables and vacuum in the warehouse.
 */
export async function endEarlierLoads(client: Client, source: string): Promise<void> {
  await client.query(
    `select pg_terminate_backend(l.pid)
     from pg_locks l
     join pg_stat_activity a on a.pid = l.pid and a.usename = current_user
     where l.locktype = 'advisory' and l.mode = 'ShareLock'
       and l.database = (select oid from pg_database where datname = current_database())
       and (l.classid, l.objid) = (select c::oid, o::oid from (values (${lock})) k(c, o))
       and l.objsubid = 2
       and l.pid <> pg_backend_pid()`,
    [source],
  );
}
