import type { ClientBase } from 'pg';
import { sqlFile } from '../../activities/postgres/sql-file.ts';

const tables = ['user_sessions', 'events', 'pages', 'transactions', 'exchange_rates'] as const;

export interface DemoSource {
  /** False when the tables already existed; then nothing was changed. */
  readonly created: boolean;
  readonly rows: Readonly<Record<(typeof tables)[number], number>>;
}

/**
 * Turns an empty database into a demo source: the application's tables, rows for the ninety days before `today`
 * (`2026-01-31`), which depend only on the project and the day, and the role `tidehouse_reader`, which can only select. All
 * in one transaction. A database that already has the tables is left unchanged.
 */
export async function createDemoSource(
  client: ClientBase,
  { project, today, readerPassword }: { project: string; today: string; readerPassword: string },
): Promise<DemoSource> {
  await client.query('begin');
  try {
    await client.query(`select pg_advisory_xact_lock(hashtextextended('tidehouse demo source', 0))`);
    const created = !(await hasTables(client));
    if (created) {
      await client.query(
        `select set_config('demo.project', $1, true),
                set_config('demo.today', $2, true),
                set_config('demo.reader_password', $3, true)`,
        [project, today, readerPassword],
      );
      await client.query(sqlFile('demo/source.sql'));
      await client.query(sqlFile('demo/seed.sql'));
      await client.query(sqlFile('demo/reader.sql'));
    }
    const rows = await countRows(client);
    await client.query('commit');
    return { created, rows };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function hasTables(client: ClientBase): Promise<boolean> {
  const found = await client.query(`select where to_regclass('public.user_sessions') is not null`);
  return found.rowCount === 1;
}

async function countRows(client: ClientBase): Promise<DemoSource['rows']> {
  const counted: [string, number][] = [];
  for (const table of tables) {
    const { rows } = await client.query<{ count: string }>(`select count(*) from public.${table}`);
    counted.push([table, Number(rows[0]?.count)]);
  }
  return Object.fromEntries(counted) as DemoSource['rows'];
}
