import type { Client } from 'pg';
import { alignLock } from '../align/align.ts';
import { lockLoads } from '../loading.ts';
import type { LockPatience } from '../lock-patience.ts';
import { patiently, readLockHolders } from '../lock-patience.ts';
import { MigrationRefused } from '../migrate/pending-migrations.ts';
import type { Move } from './flat-tables.ts';
import { nameOf } from './relation-shape.ts';

/**
 * Keeps everybody from writing to the tables of the move until the end of the transaction, without waiting for a lock while
 * a landing waits for this transaction: loads first, then the fences of all sources, then alignment, then the tables.
 * Landings wait or fail and are retried; readers go on.
 */
export async function stopWriters(client: Client, move: Move, patience: LockPatience): Promise<void> {
  const names = move.relations.map(({ schema, name }) => `${schema}.${name}`);
  await patiently(
    client,
    patience,
    async () => {
      if (move.to === 'leaves') {
        await lockLoads(client);
        await client.query('select from ops.source order by source for update');
        await client.query(alignLock);
      }
      // Longer than deadlock_timeout, after which an autovacuum gives way. Readers do not wait for this lock.
      await client.query(`set local lock_timeout = ${Math.max(patience.lockMs, 2_000)}`);
      await client.query(`lock table ${move.relations.map(nameOf).join(', ')} in share row exclusive mode`);
    },
    async () => {
      const holders = await readLockHolders(client, names);
      return new MigrationRefused(
        [
          `${names.join(', ')} could not be locked, because landings or other sessions write to them. Nothing was changed.`,
          ...holders.map(({ description }) => description),
          'Run "tidehouse repartition" again when they have ended.',
        ].join('\n'),
      );
    },
  );
}
