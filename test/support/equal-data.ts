import type { Client } from 'pg';
import { openText } from './star.ts';
import { difference, rowsOf } from './same-rows.ts';

/** The missing and surplus rows of the warehouse, by table; empty when both sides have the same rows. */
export async function dataDifference(
  hostUrl: string,
  warehouse: Client,
  source: string,
  tables: readonly string[] = starTableNames,
): Promise<Record<string, { missing: string[]; extra: string[] }>> {
  const host = await openText(hostUrl);
  try {
    const found: Record<string, { missing: string[]; extra: string[] }> = {};
    for (const table of tables) {
      const { rows } = await host.query<{ name: string }>(
        `select attname as name from pg_attribute
         where attrelid = format('public.%I', $1::text)::regclass and attnum > 0 and not attisdropped order by attnum`,
        [table],
      );
      const columns = rows.map(({ name }) => name);
      const at = difference(
        await rowsOf(host, 'public', table, columns),
        await rowsOf(warehouse, 'clean', table, columns, source),
      );
      if (at.missing.length + at.extra.length > 0) found[table] = at;
    }
    return found;
  } finally {
    await host.end();
  }
}

/** The tables of the session star at every source. */
export const starTableNames = ['user_sessions', 'events', 'pages', 'transactions'] as const;

/** The sessions whose metrics differ from their definition computed from scratch. */
export async function analyticsDifference(warehouse: Client): Promise<string[]> {
  const { rows } = await warehouse.query<{ row: string }>(
    `(select 'missing ' || d::text as row from analytics.session_metrics_definition d
      except select 'missing ' || m::text from analytics.session_metrics m)
     union all
     (select 'extra ' || m::text from analytics.session_metrics m
      except select 'extra ' || d::text from analytics.session_metrics_definition d)`,
  );
  return rows.map(({ row }) => row);
}

/** The tables whose position does not match clean, or has a difference. */
export async function unreconciledTables(warehouse: Client): Promise<string[]> {
  const { rows } = await warehouse.query<{ source: string; table: string; rows: string; difference: string }>(
    'select source, table_name as table, rows, difference from ops.position',
  );
  const wrong: string[] = [];
  for (const { source, table, rows: noted, difference: unexplained } of rows) {
    const counted = await rowsOf(warehouse, 'clean', table, ['batch'], source);
    if (counted.length !== Number(noted) || unexplained !== '0')
      wrong.push(`${source}.${table}: ${noted} noted, ${counted.length} in clean, difference ${unexplained}`);
  }
  return wrong;
}
