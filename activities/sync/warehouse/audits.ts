import type { Client } from 'pg';
import type { TableAudit } from '../../../model/audit.ts';
import { isEqual } from '../../../model/audit.ts';
import { lockSource } from './fence.ts';
import { readWholeNext } from './requests.ts';

/** Up to which value of a column the audit of a table has come. */
export interface Reached {
  readonly column: string;
  readonly value: string;
}

/** What an audit found of a table, or of a range of its keys; then `reached` is the end of the range, unless it was the last. */
export type Audited = Omit<TableAudit, 'unfinished'> & { readonly reached?: Reached };

/** How far the audits under way of a source's tables have come, by table. */
export async function readReached(client: Client, source: string): Promise<ReadonlyMap<string, Reached>> {
  const { rows } = await client.query<Record<'table' | 'reached', string>>(
    'select table_name as table, reached from ops.audit where source = $1 and reached is not null',
    [source],
  );
  return new Map(rows.map(({ table, reached }) => [table, JSON.parse(reached) as Reached]));
}

/**
 * Records what an audit of `source` found, in place of the audit before, and marks the tables that are not equal to be read
 * whole. Of a table that is not compared to its end, it records how far, unless what was compared is not equal: then the table is
 * read whole in any case. Tables that have been forgotten in the meantime are left out.
 */
export async function recordAudit(
  client: Client,
  source: string,
  found: ReadonlyMap<string, Audited>,
): Promise<void> {
  await lockSource(client, source);
  for (const [table, audited] of found) {
    const { compared, missing, different, surplus } = audited;
    const reached = isEqual(audited) ? audited.reached : undefined;
    await client.query(
      reached
        ? `insert into ops.audit as a (source, table_name, compared, missing, different, surplus, reached, compared_so_far)
           select $1, table_name, 0, 0, 0, 0, $4, $3 from ops.position where source = $1 and table_name = $2
           on conflict (source, table_name) do update
           set reached = excluded.reached, compared_so_far = a.compared_so_far + excluded.compared_so_far`
        : `insert into ops.audit as a (source, table_name, audited_at, compared, missing, different, surplus)
           select $1, table_name, clock_timestamp(), $3, $4, $5, $6 from ops.position where source = $1 and table_name = $2
           on conflict (source, table_name) do update
           set audited_at = excluded.audited_at, compared = a.compared_so_far + excluded.compared, missing = excluded.missing,
               different = excluded.different, surplus = excluded.surplus, reached = null, compared_so_far = 0`,
      reached
        ? [source, table, compared, JSON.stringify(reached)]
        : [source, table, compared, missing, different, surplus],
    );
  }
  const unequal = [...found].filter(([, audit]) => !isEqual(audit)).map(([table]) => table);
  await readWholeNext(client, source, unequal);
}
