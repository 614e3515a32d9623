import type { Client } from 'pg';
import { retryQuarantine } from '../../activities/sync/warehouse/landing/quarantine.ts';
import { formatTime } from '../../model/time.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import type { Context } from '../context/context.ts';
import { knownNames } from '../run/known-names.ts';
import { knownTables } from '../run/known-tables.ts';
import { renderTable } from '../terminal/table.ts';

/** Counts the rows in quarantine by source and table. */
export async function listQuarantine(
  context: Context,
  { source }: { readonly source: string | undefined },
): Promise<void> {
  const rows = await withWarehouse(context, async (client) => {
    if (source !== undefined) await knownSource(context, client, source);
    const found = await client.query<Omit<QuarantinedTable, 'rows'> & { rows: string }>(
      `select source, table_name as table, count(*) as rows, to_char(min(since) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since,
              (array_agg(reason order by since, line))[1] as reason
       from ops.quarantine where $1::text is null or source = $1 group by 1, 2 order by 1, 2`,
      [source ?? null],
    );
    return found.rows.map((row) => ({ ...row, rows: Number(row.rows) }));
  });
  context.printer.result(
    { tables: rows },
    rows.length === 0 ? 'No row is in quarantine.' : renderQuarantine(rows),
  );
}

interface QuarantinedTable {
  readonly source: string;
  readonly table: string;
  readonly rows: number;
  /** ISO 8601. */
  readonly since: string;
  readonly reason: string;
}

/** A table of the number of rows in quarantine, by source and table. */
export function renderQuarantine(tables: readonly QuarantinedTable[]): string {
  return renderTable(
    ['source', 'table', 'rows', 'since', 'reason'],
    tables.map(({ source, table, rows, since, reason }) => [source, table, rows, formatTime(since), reason]),
  );
}

/** Prints the rows of a table in quarantine, with the beginnings of their values. */
export async function showQuarantine(context: Context, source: string, table: string): Promise<void> {
  const rows = await withWarehouse(context, async (client) => {
    await knownSource(context, client, source);
    await knownTables(client, [source], [table]);
    const found = await client.query<{ row: string }>(
      `select json_build_object('key', key, 'line', line, 'column', column_name, 'value', value, 'reason', reason) as row
       from ops.quarantine where source = $1 and table_name = $2 order by since, line`,
      [source, table],
    );
    return found.rows.map(({ row }) => JSON.parse(row) as QuarantinedRow);
  });
  context.printer.result(
    { source, table, rows },
    rows.length === 0 ? `No row of ${table} of ${source} is in quarantine.` : renderQuarantined(rows),
  );
}

interface QuarantinedRow {
  readonly key: readonly string[];
  readonly line: number;
  readonly column: string | null;
  readonly value: string;
  readonly reason: string;
}

/** A table of rows in quarantine. */
export function renderQuarantined(rows: readonly QuarantinedRow[]): string {
  return renderTable(
    ['key', 'line', 'column', 'value', 'reason'],
    rows.map(({ key, line, column, value, reason }) => [
      key.join(', '),
      String(line),
      column,
      value.replaceAll(/\s+/g, ' '),
      reason,
    ]),
  );
}

/** Throws a CommandFailure for a source that neither the config nor the quarantine has. */
async function knownSource({ config }: Context, client: Client, source: string): Promise<void> {
  const { rows } = await client.query<{ source: string }>('select distinct source from ops.quarantine');
  const known = new Set([...Object.keys(config.sources), ...rows.map((row) => row.source)]);
  knownNames('source', [source], [...known]);
}

/** Lets the next run try the rows in quarantine again. */
export async function retry(context: Context, source: string, table?: string): Promise<void> {
  knownNames('source', [source], Object.keys(context.config.sources));
  const tables = await withWarehouse(context, async (client) => {
    if (table !== undefined) await knownTables(client, [source], [table]);
    return retryQuarantine(client, source, table);
  });
  context.printer.result(
    { source, tables },
    tables.length === 0
      ? 'No such row is in quarantine.'
      : `The next run reads ${tables.join(', ')} whole. To read it now: tidehouse sync --source ${source}`,
  );
}
