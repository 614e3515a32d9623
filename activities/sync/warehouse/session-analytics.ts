import type { Client } from 'pg';

/** The columns that the session analytics read of each table of the session star, by their names in the warehouse. */
const readColumns: ReadonlyMap<string, readonly string[]> = new Map([
  ['user_sessions', ['user_id', 'id', 'created_at', 'last_activity_at']],
  ['events', ['user_id', 'id', 'created_at']],
  ['pages', []],
  ['transactions', ['user_id', 'id', 'created_at', 'amount', 'currency', 'success']],
  ['exchange_rates', ['currency_from', 'currency_to', 'exchange_rate', 'currency_date']],
]);

/** The tables that the session analytics are computed from, by their names in the warehouse: the session star. */
const sessionStar = [...readColumns.keys()];

/** Drops the session analytics, with all views that read them. The tables of clean stay. */
export const dropSessionAnalytics = 'drop schema analytics cascade';

/** Whether the session analytics, in a warehouse that has them, need the table of this name. */
export function isOfStar(table: string): boolean {
  return readColumns.has(table);
}

/**
 * The columns without which the session analytics of a table of the session star would be wrong; undefined for other
 * tables.
 */
export function columnsOfStar(table: string): readonly string[] | undefined {
  return readColumns.get(table);
}

/**
 * Whether this warehouse has the session analytics. `migrate` makes them where the config asks for them; from then on they are
 * a fact of the warehouse, whatever the config says, and are kept up to date until somebody drops them.
 */
export async function hasSessionAnalytics(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ found: string | null }>(
    `select to_regclass('analytics.session_metrics')::text as found`,
  );
  return rows[0]!.found !== null;
}

/** Those of the session star's tables that clean has. */
export async function readStarTables(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from unnest($1::text[]) name where to_regclass('clean.' || name) is not null`,
    [sessionStar],
  );
  return rows.map(({ name }) => name);
}
