import type { Client } from 'pg';
import { qualified } from '../../model/identifier.ts';

/** Every row of every table of the warehouse, as text: two states are equal only if nothing was changed. */
export type WarehouseState = Readonly<Record<string, readonly string[]>>;

/** Reads the state of the warehouse under one snapshot. */
export async function stateOf(warehouse: Client): Promise<WarehouseState> {
  await warehouse.query('begin isolation level repeatable read read only');
  try {
    const { rows: tables } = await warehouse.query<{ schema: string; name: string }>(
      `select n.nspname as schema, c.relname as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('raw', 'clean', 'ops', 'analytics') and c.relkind in ('r', 'p') order by 1, 2`,
    );
    const state: Record<string, string[]> = {};
    for (const { schema, name } of tables) {
      const { rows } = await warehouse.query<{ row: string }>(
        `select t::text as row from ${qualified(schema, name)} t order by 1`,
      );
      state[`${schema}.${name}`] = rows.map(({ row }) => row);
    }
    return state;
  } finally {
    await warehouse.query('rollback');
  }
}
