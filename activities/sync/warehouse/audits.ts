import type { Client } from 'pg';
import type { TableAudit } from '../../../model/audit.ts';
import { isEqual } from '../../../model/audit.ts';
import { lockSource } from './fence.ts';
import { readWholeNext } from './position.ts';

/**
 * Records what an audit of `source` found, in place of the audit before, and marks the tables that are not equal to be read
 * whole. Tables that have been forgotten in the meantime are left out.
 */
export async function recordAudit(
  client: Client,
  source: string,
  found: ReadonlyMap<string, TableAudit>,
): Promise<void> {
  await lockSource(client, source);
  for (const [table, { compared, missing, different, surplus }] of found)
    await client.query(
      `insert into ops.audit (source, table_name, audited_at, compared, missing, different, surplus)
       select $1, table_name, clock_timestamp(), $3, $4, $5, $6 from ops.position where source = $1 and table_name = $2
       on conflict (source, table_name) do update
       set audited_at = excluded.audited_at, compared = excluded.compared, missing = excluded.missing,
           different = excluded.different, surplus = excluded.surplus`,
      [source, table, compared, missing, different, surplus],
    );
  const unequal = [...found].filter(([, audit]) => !isEqual(audit)).map(([table]) => table);
  await readWholeNext(client, source, unequal);
}
