import type { Client } from 'pg';
import { isoTime } from '../../activities/postgres/iso-time.ts';
import { isGone } from '../../activities/sync/warehouse/gone-tables.ts';
import type { Strategy } from '../../model/batch.ts';
import type { Config } from '../../model/config.ts';
import type { Cause } from '../../model/failure.ts';

export interface SourceFreshness {
  /** A time by the source's clock (ISO 8601): everything committed by then is in the warehouse. Null before the first batch. */
  readonly completeThrough: string | null;
  readonly lagSeconds: number | null;
  /** Why the last run failed. Cleared when a batch lands. */
  readonly error?: string;
  /** When the last run failed (ISO 8601), and when the first one after the last landed batch failed. */
  readonly errorAt?: string;
  readonly failingSince?: string;
  readonly tables: Readonly<Record<string, TableFreshness>>;
}

export interface TableFreshness {
  readonly strategy: Strategy;
  /** Why it is copied, such as `no key`. */
  readonly reason?: string;
  readonly rows: number;
  /** Somebody has dropped it in the warehouse: the next run makes it again. Absent when it is there. */
  readonly gone?: true;
  /** The source's row count minus `rows`, if they do not reconcile. */
  readonly difference?: number;
  /** How many of `rows` the source has deleted: too many at once, so they wait to be accepted. Absent when there are none. */
  readonly heldDeletes?: number;
  /** The columns that the source has dropped and that views read, each with those views. Absent when there are none. */
  readonly droppedColumns?: Readonly<Record<string, string>>;
  /**
   * The columns that the source has renamed and that keep their names in the warehouse, each with its new name. Absent when
   * there are none.
   */
  readonly renamedColumns?: Readonly<Record<string, string>>;
  /** What the config should call it, since the source has renamed or moved it. Absent when it has not. */
  readonly movedTo?: string;
  /**
   * Everything in the table committed by then (ISO 8601) has landed; null before it first lands. Absent unless it is held
   * back.
   */
  readonly completeThrough?: string | null;
  /** Why the table is held back, since when (ISO 8601), and what to do. */
  readonly heldBack?: Cause & { readonly since: string };
}

type Row = Record<
  | 'source'
  | 'table_name'
  | 'complete_through'
  | 'lag'
  | 'rows'
  | 'gone'
  | 'difference'
  | 'held_deletes'
  | 'error'
  | 'error_at'
  | 'failing_since'
  | 'held_back_since'
  | 'problem'
  | 'advice'
  | 'sql'
  | 'copied'
  | 'dropped'
  | 'renamed'
  | 'moved_to',
  string | null
>;

/**
 * The freshness of the warehouse for each source and table of the config, in the order of the config, those of patterns by
 * name.
 */
export async function readFreshness(
  client: Client,
  { sources, tables }: Config,
): Promise<Record<string, SourceFreshness>> {
  const { rows } = await client.query<Row>(
    `select source, table_name, f.rows, f.difference, p.held_deletes, error,
            extract(epoch from complete_through) as complete_through,
            extract(epoch from error_at) as error_at, extract(epoch from failing_since) as failing_since,
            round(extract(epoch from lag)) as lag,
            extract(epoch from held_back_since) as held_back_since, problem, advice, sql, p.shape ->> 'copied' as copied,
            p.shape ->> 'movedTo' as moved_to, p.source is not null and ${isGone} as gone,
            (select json_object_agg(column_name, read_by)
             from ops.dropped_column d
             where (d.source, d.table_name) = (f.source, f.table_name) and read_by is not null) as dropped,
            (select json_object_agg(c ->> 'name', c ->> 'renamedTo')
             from jsonb_array_elements(p.shape -> 'columns') c
             where c ? 'renamedTo') as renamed
     from ops.freshness f left join ops.position p using (source, table_name)`,
  );
  const order = new Map(Object.keys(tables).map((table, at) => [table, at]));
  const rank = ({ table_name }: Row) => order.get(table_name ?? '') ?? order.size;
  const sorted = rows.sort(
    (a, b) => rank(a) - rank(b) || ((a.table_name ?? '') < (b.table_name ?? '') ? -1 : 1),
  );
  return Object.fromEntries(
    Object.keys(sources).map((source) => [
      source,
      freshnessOf(sorted.filter((row) => row.source === source)),
    ]),
  );
}

function freshnessOf(rows: readonly Row[]): SourceFreshness {
  // Tables that are held back have not come as far as their source.
  const first = rows.find(({ problem }) => problem === null) ?? rows[0];
  return {
    completeThrough: first?.complete_through == null ? null : isoTime(first.complete_through),
    // The source's clock may be ahead of the warehouse's.
    lagSeconds: first?.lag == null ? null : Math.max(0, Number(first.lag)),
    ...(first?.error == null
      ? {}
      : {
          error: first.error,
          ...(first.error_at !== null && { errorAt: isoTime(first.error_at) }),
          ...(first.failing_since !== null && { failingSince: isoTime(first.failing_since) }),
        }),
    tables: Object.fromEntries(
      rows.flatMap((row) => (row.table_name === null ? [] : [[row.table_name, tableOf(row)]])),
    ),
  };
}

function tableOf(row: Row): TableFreshness {
  const { held_deletes, problem, held_back_since, complete_through } = row;
  const gone = row.gone === 't';
  const rows = gone ? 0 : Number(row.rows);
  const difference = Number(row.difference) + Number(row.rows) - rows;
  const { advice, sql, copied, dropped, renamed, moved_to } = row;
  return {
    ...(copied === null ? { strategy: 'sweep' } : { strategy: 'copy', reason: copied }),
    rows,
    ...(gone && { gone }),
    ...(difference !== 0 && { difference }),
    ...(Number(held_deletes) > 0 && { heldDeletes: Number(held_deletes) }),
    ...(dropped !== null && { droppedColumns: JSON.parse(dropped) as Record<string, string> }),
    ...(renamed !== null && { renamedColumns: JSON.parse(renamed) as Record<string, string> }),
    ...(moved_to !== null && { movedTo: moved_to }),
    ...(problem !== null && {
      completeThrough: complete_through === null ? null : isoTime(complete_through),
      heldBack: {
        since: isoTime(held_back_since!),
        problem,
        ...(advice !== null && { advice }),
        ...(sql !== null && { sql }),
      },
    }),
  };
}
