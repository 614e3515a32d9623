import type { Client } from 'pg';
import { sqlFile } from '../../../postgres/sql-file.ts';
import type { WarehouseTable } from '../relations.ts';
import { makesLeaves, maxLeaves } from '../relations.ts';
import { hasSessionAnalytics } from '../session-analytics.ts';
import { nameOf, readShape } from './relation-shape.ts';

/** A table of the warehouse that is made again in another shape. */
export interface Move {
  /** Its name in clean, or `session_metrics`. */
  readonly table: string;
  /** Whether it gets a leaf for each source and wide types, or stays flat with ids of the type bigint. */
  readonly to: 'leaves' | 'bigint';
  /** The table in clean and its tables in raw, or the one table of analytics. */
  readonly relations: readonly WarehouseTable[];
  readonly rows: number;
  /** With indexes. */
  readonly bytes: number;
}

/** A flat table that stays as it is. */
export interface Kept {
  readonly table: string;
  readonly reason: string;
}

/** The tables that get another shape, and those that stay flat. */
export interface FlatTables {
  readonly moves: readonly Move[];
  readonly kept: readonly Kept[];
}

/** The tables whose shape is not that of a new warehouse: flat ones, and session metrics with ids of the type integer. */
export async function readFlatTables(client: Client): Promise<FlatTables> {
  const flat = await readFlat(client);
  const metrics = await readMetrics(client);
  const reasons = new Map<string, string>();
  if (!(await makesLeaves(client)))
    for (const { table } of flat)
      reasons.set(table, `with more than ${maxLeaves} sources, flat tables are faster`);
  for (const { table, relations } of flat) {
    const clean = relations.find(({ schema }) => schema === 'clean');
    if (!clean || reasons.has(table)) continue;
    const { key } = await readShape(client, clean);
    if (key[0] !== 'project') reasons.set(table, 'its primary key does not begin with project');
  }
  return {
    moves: [...flat.filter(({ table }) => !reasons.has(table)), ...metrics],
    kept: [...reasons].map(([table, reason]) => ({ table, reason })),
  };
}

async function readFlat(client: Client): Promise<Move[]> {
  const { rows } = await client.query<Record<'table' | 'schema' | 'name' | 'rows' | 'bytes', string>>(
    sqlFile('catalogue/flat-tables.sql'),
  );
  return [...new Set(rows.map(({ table }) => table))].map((table) => {
    const of = rows.filter((row) => row.table === table);
    const counted = of.find(({ schema }) => schema === 'clean') ?? of[0]!;
    return {
      table,
      to: 'leaves',
      relations: of.map(({ schema, name }) => ({ schema, name })),
      rows: Number(counted.rows),
      bytes: of.reduce((sum, { bytes }) => sum + Number(bytes), 0),
    };
  });
}

const sessionMetrics = { schema: 'analytics', name: 'session_metrics' };

async function readMetrics(client: Client): Promise<Move[]> {
  if (!(await hasSessionAnalytics(client))) return [];
  const { columns } = await readShape(client, sessionMetrics);
  if (columns.every(({ type }) => type !== 'integer')) return [];
  const { rows } = await client.query<{ rows: string; bytes: string }>(
    `select greatest(reltuples, 0)::bigint as rows, pg_total_relation_size(oid) as bytes
     from pg_class where oid = $1::regclass`,
    [nameOf(sessionMetrics)],
  );
  return [
    {
      table: sessionMetrics.name,
      to: 'bigint',
      relations: [sessionMetrics],
      rows: Number(rows[0]!.rows),
      bytes: Number(rows[0]!.bytes),
    },
  ];
}
