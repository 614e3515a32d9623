import type { Client } from 'pg';
import type { Manifest, TableBatch, TableShape } from '../../../model/batch.ts';
import type { Position, TablePosition } from '../../../model/position.ts';
import { keysDueAfterDeletes } from '../../../model/position.ts';
import { isoTime } from '../../postgres/iso-time.ts';

/** How far `source` has been read; empty before its first batch. */
export async function readPosition(client: Client, source: string): Promise<Position> {
  const sources = await client.query<Record<string, string | null>>(
    `select batch, snapshot, snapshot_xmin::text as xmin, snapshot_xmax::text as xmax,
            extract(epoch from complete_through) as taken_at,
            system_identifier as system, database, timeline
     from ops.source where source = $1`,
    [source],
  );
  const tables = await client.query<Record<'table' | 'rows' | 'difference' | 'shape' | 'keys_due', string>>(
    `select table_name as table, rows, difference, shape, keys_due from ops.position where source = $1`,
    [source],
  );
  const row = sources.rows[0];
  if (!row?.['batch']) return { batchId: null, snapshot: null, identity: null, tables: {} };
  return {
    batchId: row['batch'],
    snapshot: {
      text: row['snapshot']!,
      xmin: row['xmin']!,
      xmax: row['xmax']!,
      takenAt: isoTime(row['taken_at']!),
    },
    identity: { system: row['system']!, database: row['database']!, timeline: row['timeline']! },
    tables: Object.fromEntries(
      tables.rows.map((table): [string, TablePosition] => [
        table.table,
        {
          rows: Number(table.rows),
          difference: Number(table.difference),
          shape: JSON.parse(table.shape) as TableShape,
          keysDue: Number(table.keys_due),
        },
      ]),
    ),
  };
}

/** Moves the source's position to the batch's snapshot, and clears the source's last error. */
export async function moveSource(client: Client, manifest: Manifest): Promise<void> {
  const { source, id, snapshot, identity } = manifest;
  await client.query(
    `update ops.source
     set batch = $2, snapshot = $3, snapshot_xmin = $4::xid8, snapshot_xmax = $5::xid8, complete_through = $6,
         system_identifier = $7, database = $8, timeline = $9, landed_at = clock_timestamp(), error = null, error_at = null
     where source = $1`,
    [
      source,
      id,
      snapshot.text,
      snapshot.xmin,
      snapshot.xmax,
      snapshot.takenAt,
      identity.system,
      identity.database,
      identity.timeline,
    ],
  );
}

/** Forgets tables removed from the config: the position moves on without them, so they must be read whole if they return. */
export async function forgetOtherTables(client: Client, { source, tables }: Manifest): Promise<void> {
  await client.query('delete from ops.position where source = $1 and table_name <> all ($2)', [
    source,
    tables.map(({ table }) => table),
  ]);
}

/** Moves one table's position to the batch's snapshot: clean has `rows`, and the snapshot `difference` more. */
export async function moveTable(
  client: Client,
  source: string,
  { table, shape }: TableBatch,
  now: { rows: number; difference: number; deleted: number; changed: boolean },
): Promise<void> {
  await client.query(
    `insert into ops.position as p (source, table_name, rows, difference, shape, keys_due, changed_at)
     values ($1, $2, $3, $4, $5, case when $6 then ${keysDueAfterDeletes} else 0 end, clock_timestamp())
     on conflict (source, table_name) do update
     set rows = excluded.rows, difference = excluded.difference, shape = excluded.shape,
         keys_due = case when $6 then ${keysDueAfterDeletes} else greatest(p.keys_due - 1, 0) end,
         changed_at = case when $7 then excluded.changed_at else p.changed_at end`,
    [source, table, now.rows, now.difference, JSON.stringify(shape), now.deleted > 0, now.changed],
  );
}
