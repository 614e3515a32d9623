import type { Client } from 'pg';
import { isoTime } from '../../activities/postgres/iso-time.ts';
import type { Strategy } from '../../model/batch.ts';
import type { Config } from '../../model/config.ts';

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
  readonly rows: number;
  /** The source's row count minus `rows`, if they do not reconcile. */
  readonly difference?: number;
}

type Row = Record<
  | 'source'
  | 'table_name'
  | 'complete_through'
  | 'lag'
  | 'rows'
  | 'difference'
  | 'error'
  | 'error_at'
  | 'failing_since',
  string | null
>;

/** The freshness of the warehouse for each source and table of the config, in the order of the config. */
export async function readFreshness(
  client: Client,
  { sources, tables }: Config,
): Promise<Record<string, SourceFreshness>> {
  const { rows } = await client.query<Row>(
    `select source, table_name, rows, difference, error,
            extract(epoch from complete_through) as complete_through,
            extract(epoch from error_at) as error_at, extract(epoch from failing_since) as failing_since,
            round(extract(epoch from lag)) as lag
     from ops.freshness`,
  );
  const order = Object.keys(tables);
  const sorted = rows.sort((a, b) => order.indexOf(a.table_name ?? '') - order.indexOf(b.table_name ?? ''));
  return Object.fromEntries(
    Object.keys(sources).map((source) => [
      source,
      freshnessOf(sorted.filter((row) => row.source === source)),
    ]),
  );
}

function freshnessOf(rows: readonly Row[]): SourceFreshness {
  const first = rows[0];
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

function tableOf({ rows, difference }: Row): TableFreshness {
  return {
    strategy: 'sweep',
    rows: Number(rows),
    ...(Number(difference) === 0 ? {} : { difference: Number(difference) }),
  };
}
