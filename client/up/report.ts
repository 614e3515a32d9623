import { dirname, join, relative } from 'node:path';
import { Client } from 'pg';
import type { Stack } from '../../local/stack.ts';
import type { Cell } from '../terminal/table.ts';
import { renderTable } from '../terminal/table.ts';

/** The first rows of `session_analytics`, as an analyst sees them. */
export async function sessionSample(house: Stack): Promise<string> {
  const client = new Client({ connectionString: house.warehouse.url('analytics') });
  await client.connect();
  try {
    const { rows, fields } = await client.query<Record<string, string | null>>(
      `select project, id::text, user_id::text, amount_of_events_in_session::text as events, round(sum_in_usd, 2)::text as sum_in_usd,
              to_char(first_successful_transaction, 'YYYY-MM-DD HH24:MI:SS') as first_successful_transaction,
              to_char(first_successful_transaction_in_usd, 'YYYY-MM-DD HH24:MI:SS') as first_successful_transaction_in_usd
       from session_analytics
       order by first_successful_transaction is null, created_at desc, project, id
       limit 5`,
    );
    const cells = rows.map((row) => fields.map(({ name }): Cell => row[name] ?? null));
    return `select * from session_analytics\n${renderTable(
      fields.map(({ name }) => name),
      cells,
    )}`;
  } finally {
    await client.end();
  }
}

/** What to open, and what to type, from the folder `from`. */
export function sayWhereToLook(house: Stack, from: string): string {
  const here = (path: string) => {
    const short = relative(from, path);
    return /[^\w./-]/.test(short) ? `'${short}'` : short;
  };
  return `Temporal Web UI   ${house.temporal.uiUrl}
How fresh it is   npx tidehouse status
The warehouse     PGPASSFILE=${here(house.passFile)} psql -h 127.0.0.1 -p ${house.warehouse.port} -U tidehouse analytics
The weather       ${here(join(dirname(house.configFile), house.weather.folder))}/*/*.parquet
The worker's log  ${here(join(dirname(house.configFile), 'worker.log'))}
Temporal's CLI    TEMPORAL_CONFIG_FILE=${here(house.temporalFile)} temporal schedule list

The demo hosts change every few seconds, and the next sync is at most ten minutes away (now: npx tidehouse sync).
Ctrl-C ends everything; the data stays for the next time.`;
}
