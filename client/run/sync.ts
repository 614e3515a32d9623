import type { Context } from '../context/context.ts';
import { knownNames } from './known-names.ts';
import { runAndReport } from './run-and-report.ts';
import { startSync } from './start.ts';
import { readTableOutcomes } from './table-outcomes.ts';
import { renderSync, syncFailures, syncReport } from './sync-report.ts';

export interface SyncOptions {
  /** The sources to sync; all when absent. */
  readonly source: readonly string[] | undefined;
  readonly noWait: boolean;
}

/** Starts a sync and waits for it. When it succeeds, everything committed before the command is in the warehouse. */
export async function sync(context: Context, { source, noWait }: SyncOptions): Promise<void> {
  const known = Object.keys(context.config.sources);
  const sources = source && knownNames('source', source, known);
  await runAndReport(context, noWait, {
    start: (client) => startSync(client, sources),
    sources: sources ?? known,
    async report(client, run, ending, seconds, log) {
      const tables = await readTableOutcomes(client, ending.result?.sources ?? {}, log);
      const document = syncReport(run, ending, seconds, tables);
      return { document, text: () => renderSync(document), failures: syncFailures(document, ending) };
    },
  });
}
