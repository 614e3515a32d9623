import type { Client } from 'pg';
import { codeOf } from '../../postgres/errors.ts';
import type { Timeouts } from '../../postgres/timeouts.ts';
import { alignLock } from './align/align.ts';
import type { LockPatience } from './lock-patience.ts';
import { insistently } from './lock-patience.ts';
import { projectTables } from './project-tables.ts';
import type { Relation } from './relations.ts';
import { inTransaction, rollBack } from './transaction.ts';

const usualPatience: LockPatience = { lockMs: 500, pauseMs: 500, forMs: 5_000 };

/**
 * Drops the empty leaves of a source that the warehouse does not know any longer, each in a transaction of its own that
 * waits only briefly, because queries wait behind it. Returns those that stay, quoted and qualified: queries use them for
 * longer than `patience`, or something depends on them. They do no harm.
 */
export async function dropLeaves(
  client: Client,
  timeouts: Timeouts,
  source: string,
  patience: LockPatience = usualPatience,
): Promise<string[]> {
  const brief = { ...timeouts, warehouseLockMs: patience.lockMs };
  const stay: string[] = [];
  for (const { relation } of await projectTables(client, source)) {
    if (!relation?.parent) continue;
    const attempt = () => inTransaction(client, brief, () => dropLeaf(client, source, relation));
    await insistently(patience, attempt, () => Promise.resolve(new InUse())).catch((error: unknown) => {
      // 2BP01: something depends on it.
      if (!(error instanceof InUse) && codeOf(error) !== '2BP01') throw error;
      stay.push(relation.name);
    });
  }
  return stay;
}

class InUse extends Error {}

async function dropLeaf(client: Client, source: string, { name, parent }: Relation): Promise<void> {
  // Until the end of the transaction, no landing makes the source known again.
  const added = await client.query('insert into ops.source (source) values ($1) on conflict do nothing', [
    source,
  ]);
  const filled = await client.query(`select from ${name} limit 1`);
  if (added.rowCount === 0 || filled.rowCount !== 0) rollBack(undefined);
  await client.query(alignLock);
  await client.query(`alter table ${parent} detach partition ${name}`);
  await client.query(`drop table ${name}`);
  await client.query('delete from ops.source where source = $1', [source]);
}
