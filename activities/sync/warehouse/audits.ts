import type { Client } from 'pg';
import type { TableAudit } from '../../../model/audit.ts';
import { isEqual } from '../../../model/audit.ts';
import { lockSource } from './fence.ts';
import { readWholeNext } from './position.ts';

/**
 * Records what an audit of `source` found, in place of the audit before, and marks the tables that are not equal to be read
 * whole. `batchId` is the batch that was compared: when another has landed in the meantime, nothing is recorded.
 */
export async function recordAudit(
  client: Client,
  source: string,
  batchId: string | null,
  found: ReadonlyMap<string, TableAudit>,
): Promise<void> {
  if ((await lockSource(client, source)) !== batchId) return;
  for (const [table, { compared, missing, different, surplus }] of found)
    await client.query(
      `insert into ops.audit (source, table_name, audited_at, compared, missing, different, surplus)
       values ($1, $2, clock_timestamp(), $3, $4, $5, $6)
       on conflict (source, table_name) do update
       set audited_at = excluded.audited_at, compared = excluded.compared, missing = excluded.missing,
           different = excluded.different, surplus = excluded.surplus`,
      [source, table, compared, missing, different, surplus],
    );
  const unequal = [...found].filter(([, audit]) => !isEqual(audit)).map(([table]) => table);
  await readWholeNext(client, source, unequal);
}
