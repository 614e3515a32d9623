import type { Client } from 'pg';
import type { TableShape } from '../../../model/batch.ts';
import type { DroppedColumn } from '../../../model/dropped-columns.ts';
import type { Position, TablePosition } from '../../../model/position.ts';
import { neverLanded } from '../../../model/position.ts';
import type { SourceSnapshot } from '../../../model/snapshot.ts';
import { isoTime } from '../../postgres/iso-time.ts';
import { isGone } from './gone-tables.ts';

type TableRow = Record<'table' | 'rows' | 'difference' | 'keys_due' | 'held' | 'accepted', string> & {
  readonly shape: TableShape;
  readonly behind: SourceSnapshot | null;
  readonly whole_due: boolean;
  readonly quarantined: boolean;
  readonly dropped: readonly DroppedColumn[];
};

/** How far `source` has been read, as of one moment; empty before its first batch. */
export async function readPosition(client: Client, source: string): Promise<Position> {
  const { rows } = await client.query<Record<string, string | null>>(
    `select batch, snapshot, snapshot_xmin::text as xmin, snapshot_xmax::text as xmax,
            extract(epoch from complete_through) as taken_at,
            system_identifier as system, database, timeline, unchanged_while,
            (select coalesce(json_agg(json_build_object(
               'table', table_name, 'rows', rows, 'difference', difference, 'keys_due', keys_due, 'shape', shape,
               'held', held_deletes, 'accepted', accepted_deletes, 'whole_due', whole_due or ${isGone},
               'dropped', dropped_columns, 'behind', behind, 'quarantined', exists (
                 select from ops.quarantine q where q.source = p.source and q.table_name = p.table_name))), '[]')
             from ops.position p where p.source = s.source) as tables,
            (select coalesce(json_agg(json_build_array(table_name, problem)), '[]')
             from ops.held_back h where h.source = s.source) as held_back
     from ops.source s where source = $1`,
    [source],
  );
  const row = rows[0];
  if (!row?.['batch']) return neverLanded;
  return {
    batchId: row['batch'],
    snapshot: {
      text: row['snapshot']!,
      xmin: row['xmin']!,
      xmax: row['xmax']!,
      takenAt: isoTime(row['taken_at']!),
    },
    identity: { system: row['system']!, database: row['database']!, timeline: row['timeline']! },
    tables: new Map(
      (JSON.parse(row['tables']!) as TableRow[]).map((table): [string, TablePosition] => [
        table.table,
        {
          rows: Number(table.rows),
          difference: Number(table.difference),
          shape: table.shape,
          keysDue: Number(table.keys_due),
          wholeDue: table.whole_due,
          heldDeletes: Number(table.held),
          acceptedDeletes: Number(table.accepted),
          ...(table.quarantined && { quarantined: true }),
          ...(table.dropped.length > 0 && { dropped: table.dropped }),
          ...(table.behind && { behind: table.behind }),
        },
      ]),
    ),
    heldBack: new Map(JSON.parse(row['held_back']!) as [string, string][]),
    ...(row['unchanged_while'] && { unchangedWhile: row['unchanged_while'] }),
  };
}

/** How far each of the sources has been read; nothing of any in a warehouse that has not been set up. */
export async function readPositions(
  client: Client,
  sources: readonly string[],
): Promise<Record<string, Position>> {
  const { rows } = await client.query<{ known: string }>(
    `select to_regclass('ops.position') is not null as known`,
  );
  const known: Record<string, Position> = {};
  if (rows[0]!.known !== 't') return known;
  for (const source of sources) known[source] = await readPosition(client, source);
  return known;
}
