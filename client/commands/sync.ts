import type { Client } from '@temporalio/client';
import type { Config } from '../../model/config.ts';
import type { SyncResult } from '../../model/runs.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { createLiveLines } from '../terminal/live-lines.ts';
import type { Printer } from '../terminal/printer.ts';
import { followProgress, renderProgress } from '../run/sync-progress.ts';
import { failuresOf, renderReport, reportOf } from '../run/sync-report.ts';
import type { Run } from '../run/start.ts';
import { startSync } from '../run/start.ts';
import type { Ending } from '../run/wait.ts';
import { waitFor } from '../run/wait.ts';
import { watchWorkers } from '../run/watch-workers.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';

export interface SyncOptions {
  /** Those to sync; all when absent. */
  readonly source?: readonly string[];
  readonly wait: boolean;
}

/** Starts a run and waits for it: when it succeeds, all that had been committed before the command is in the warehouse. */
export async function sync({ found, config, printer }: Context, options: SyncOptions): Promise<void> {
  const asked = options.source && knownSources(config, options.source);
  await withTemporal(temporalFor(found), async (client) => {
    const began = performance.now();
    const run = await startSync(client, asked);
    const { workflowId, runId } = run;
    if (!options.wait) {
      printer.result({ workflowId, runId, status: 'started' }, `Started ${workflowId}.`);
      return;
    }
    const ending = await watch(client, run, asked ?? Object.keys(config.sources), printer);
    const report = reportOf(run, ending, Math.round(performance.now() - began) / 1000);
    printer.result(report, renderReport(report));
    const failures = failuresOf(report, ending);
    if (failures.length > 0) throw new CommandFailure(exitCodes.failed, failures.join('\n'));
  });
}

/** Waits for the run's end, and meanwhile shows how far it is and tells what holds it up. */
async function watch(
  client: Client,
  run: Run<SyncResult>,
  sources: readonly string[],
  printer: Printer,
): Promise<Ending<SyncResult>> {
  const { json } = printer;
  const lines = createLiveLines(process.stderr, process.stderr.isTTY && !json);
  const say = (line: string) => (json ? printer : lines).say(line);
  say(`${run.workflowId} has started; waiting for it.`);
  const over = new AbortController();
  // Neither is waited for: what they still ask ends with the connection.
  void watchWorkers(client, run, say, over.signal);
  if (lines.live)
    void followProgress(client, run, sources, (at) => lines.draw(renderProgress(at)), over.signal);
  try {
    return await waitFor(client, run, say);
  } finally {
    over.abort();
    lines.clear();
  }
}

function knownSources({ sources }: Config, asked: readonly string[]): string[] {
  const unknown = asked.find((source) => !(source in sources));
  if (unknown !== undefined)
    throw new CommandFailure(
      exitCodes.wrong,
      `There is no source "${unknown}"; the config has ${Object.keys(sources).join(', ')}.`,
    );
  return [...new Set(asked)];
}
