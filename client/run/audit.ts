import type { TableAudit } from '../../model/audit.ts';
import { isEqual } from '../../model/audit.ts';
import { formatElapsed } from '../../model/duration.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import type { Context } from '../context/context.ts';
import type { Cell } from '../terminal/table.ts';
import { renderTable } from '../terminal/table.ts';
import { knownNames } from './known-names.ts';
import { knownTables } from './known-tables.ts';
import { runAndReport } from './run-and-report.ts';
import { startSync } from './start.ts';
import { syncFailures, syncReport } from './sync-report.ts';
import { readSourceResults } from './table-outcomes.ts';

export interface AuditOptions {
  /** The sources and the tables to compare; all when absent. */
  readonly source: readonly string[] | undefined;
  readonly table: readonly string[] | undefined;
  readonly noWait: boolean;
}

/** How an audit ended, as `--json` prints it. */
export interface AuditReport {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: 'completed' | 'failed';
  readonly seconds: number;
  readonly sources: Readonly<
    Record<
      string,
      {
        readonly status: string;
        readonly error?: string;
        readonly tables: Readonly<Record<string, TableAudit>>;
      }
    >
  >;
}

/** Compares clean with the sources, mends what differs and waits for it. */
export async function audit(context: Context, { source, table, noWait }: AuditOptions): Promise<void> {
  const known = Object.keys(context.config.sources);
  const sources = source && knownNames('source', source, known);
  if (table) await withWarehouse(context, (client) => knownTables(client, sources ?? known, table));
  await runAndReport(context, noWait, {
    start: (client) => startSync(client, sources, table ?? []),
    sources: sources ?? known,
    async report(client, run, ending, seconds, log) {
      const results = await readSourceResults(client, ending.result?.sources ?? {}, log);
      const synced = syncReport(run, ending, seconds, {});
      const { workflowId, runId, status } = synced;
      const audited = Object.entries(synced.sources).map(([name, { status: landed, error }]) => [
        name,
        { status: landed, ...(error !== undefined && { error }), tables: results[name]?.audited ?? {} },
      ]);
      const document: AuditReport = {
        workflowId,
        runId,
        status,
        seconds,
        sources: Object.fromEntries(audited) as AuditReport['sources'],
      };
      return { document, text: () => renderAudit(document), failures: syncFailures(synced, ending) };
    },
  });
}

/** A table of what was compared and what differed, by source and table. */
export function renderAudit({ sources, seconds }: AuditReport): string {
  const audits = Object.entries(sources).flatMap(([source, { tables }]) =>
    Object.entries(tables).map(([table, found]) => ({ source, table, found })),
  );
  const duration = formatElapsed(seconds);
  if (audits.length === 0) return `Nothing was compared (${duration}).`;
  const rows = audits.map(({ source, table, found }): Cell[] => {
    const { compared, missing, different, surplus } = found;
    return [source, table, compared, missing, different, surplus];
  });
  const shown = renderTable(['source', 'table', 'compared', 'missing', 'different', 'surplus'], rows);
  const unequal = audits.filter(({ found }) => !isEqual(found));
  const verdict =
    unequal.length === 0
      ? 'Every row is as it is at its source'
      : 'What differed has been read again from its source';
  return `${shown}\n\n${verdict} (${duration}).`;
}
