import { dirname, join, relative } from 'node:path';
import { temporalCli } from '../connect/temporal-cli.ts';
import { shellWord } from '../../model/shell-word.ts';
import { Client } from 'pg';
import type { Stack } from '../../local/stack.ts';
import type { Cell } from '../terminal/table.ts';
import { screenWidth } from '../terminal/prose.ts';
import { renderTable } from '../terminal/table.ts';
import { widthOf } from '../terminal/text-width.ts';

const sampleQuery = `select project, id, user_id, amount_of_events_in_session as events,
       round(sum_in_usd, 2) as sum_in_usd,
       first_successful_transaction::timestamp(0),
       first_successful_transaction_in_usd::timestamp(0)
from session_analytics
order by first_successful_transaction is null, created_at desc, project, id
limit 5`;

/** Five rows of `session_analytics`, below the query that gives them. */
export async function sessionSample(stack: Stack): Promise<string> {
  const client = new Client({
    connectionString: stack.warehouse.url('analytics'),
    types: { getTypeParser: () => (value: string) => value },
  });
  await client.connect();
  try {
    const { rows, fields } = await client.query<Record<string, string | null>>(sampleQuery);
    const cells = rows.map((row) => fields.map(({ name }): Cell => row[name] ?? null));
    const headings = fields.map(({ name }) => name);
    return `${sampleQuery};\n${renderTable(headings, cells)}`;
  } finally {
    await client.end();
  }
}

type ShownStack = { /** The page's address. */ readonly page: string } & Pick<
  Stack,
  'configFile' | 'passFile' | 'temporalFile'
> & {
    readonly temporal: Pick<Stack['temporal'], 'uiUrl' | 'cli'>;
    readonly warehouse: Pick<Stack['warehouse'], 'port'>;
    readonly weather: Pick<Stack['weather'], 'folder'>;
  };

/**
 * The addresses and commands to try next, with paths relative to the folder `from`. A command to copy is one line: one that
 * is too wide for a terminal of `width` columns stands below its name.
 */
export function describeNextSteps(stack: ShownStack, from: string, width = screenWidth()): string {
  const shellPath = (path: string) => shellWord(relative(from, path));
  const data = dirname(stack.configFile);
  const cli = temporalCli({ temporalFile: stack.temporalFile, temporalCli: stack.temporal.cli }, from);
  const next = {
    Page: stack.page,
    'Temporal Web UI': stack.temporal.uiUrl,
    Status: './tidehouse status',
    Warehouse: `PGPASSFILE=${shellPath(stack.passFile)} psql -h 127.0.0.1 -p ${stack.warehouse.port} -U tidehouse analytics`,
    'Weather files': `${shellPath(join(data, stack.weather.folder))}/*/*.parquet`,
    'Worker log': shellPath(join(data, 'worker.log')),
    'Temporal CLI': `${cli} schedule list`,
  };
  const lines = Object.entries(next).map(([name, text]) => {
    const line = `${name.padEnd(18)}${text}`;
    return widthOf(line) <= width ? line : `${name}\n  ${text}`;
  });
  return `${lines.join('\n')}

The demo sources change every few seconds. The next sync starts within ten minutes. To sync now: ./tidehouse sync
Ctrl-C stops everything. The data stays for the next start.`;
}
