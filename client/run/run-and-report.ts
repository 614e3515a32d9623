import type { Client } from '@temporalio/client';
import { temporalCli } from '../connect/temporal-cli.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { createLiveLines } from '../terminal/live-lines.ts';
import { elapsedSeconds } from './elapsed.ts';
import { onInterruption } from './interruption.ts';
import { retryLog } from './retry-log.ts';
import type { Run } from './start.ts';
import type { RunStatus } from './sync-progress.ts';
import { followProgress, renderProgress } from './sync-progress.ts';
import type { Ending } from './wait.ts';
import { waitFor } from './wait.ts';
import { watchWorkers } from './watch-workers.ts';

const drawEveryMs = 300;
const logEveryMs = 3_000;

/** How a command starts a run, follows its progress and reports its result. */
export interface ManualRun<T> {
  readonly start: (client: Client) => Promise<Run<T>>;
  /** The sources that it syncs: their progress is shown, and what their activities try again. */
  readonly sources?: readonly string[];
  /** What is printed at the end. `log` says why the report takes longer than usual. */
  readonly report: (
    client: Client,
    run: Run<T>,
    ending: Ending<T>,
    seconds: number,
    log: (line: string) => void,
  ) => Promise<RunReport>;
}

export interface RunReport {
  /** The result for `--json`. */
  readonly document: object;
  readonly text: () => string;
  /** A sentence for each failed source or place; the command fails when there is any. */
  readonly failures: readonly string[];
}

/**
 * Starts a run, waits for it and prints its report; with `noWait` it only starts the run. While waiting, shows the progress
 * on a terminal and reports a missing worker and what is tried again; when it is interrupted, says that the run continues.
 * Throws a CommandFailure with the failures of the run.
 */
export async function runAndReport<T extends object>(
  { found, printer }: Context,
  noWait: boolean,
  { start, sources = [], report }: ManualRun<T>,
): Promise<void> {
  await withTemporal(temporalFor(found), async (client) => {
    const began = performance.now();
    const run = await start(client);
    const { workflowId, runId } = run;
    if (noWait) {
      printer.result({ workflowId, runId, status: 'started' }, `Started ${workflowId}.`);
      return;
    }
    const lines = createLiveLines(process.stderr, process.stderr.isTTY && !printer.json);
    const log = (line: string) => (printer.json ? printer : lines).log(line);
    log(`Started ${workflowId}. Waiting for it to end.`);
    const offInterruption = onInterruption(() => {
      lines.clear();
      log(
        `${workflowId} continues without this command. To see what has landed: tidehouse status. To cancel the run:\n  ${cancelCommand(workflowId, temporalCli(found.up, process.cwd()))}`,
      );
    });
    const over = new AbortController();
    // None is awaited: a request that is still open ends with the connection.
    void watchWorkers(client, run, log, over.signal);
    if (sources.length > 0) {
      const logRetries = retryLog(log);
      const show = (progress: RunStatus) => {
        logRetries(progress);
        if (lines.live) lines.draw(renderProgress(progress));
      };
      const everyMs = lines.live ? drawEveryMs : logEveryMs;
      void followProgress(client, { run, sources, everyMs }, show, over.signal);
    }
    const ending = await waitFor(client, run, log).finally(() => {
      offInterruption();
      over.abort();
      lines.clear();
    });
    const seconds = elapsedSeconds(began);
    const { document, text, failures } = await report(client, run, ending, seconds, log);
    printer.result(document, text);
    if (failures.length > 0) throw new CommandFailure(exitCodes.failed, failures.join('\n'));
  });
}

/** The shell command that cancels a run and the children that it has started, which would go on without it. */
function cancelCommand(workflowId: string, temporal: string): string {
  return `${temporal} workflow cancel --yes --query 'RootWorkflowId = "${workflowId}" and ExecutionStatus = "Running"'`;
}
