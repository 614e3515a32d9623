import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { taskQueue } from '../../model/names.ts';
import { formatCount } from '../../model/number.ts';
import { replayHistories } from '../../worker/replay.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { grpc, grpcStatus } from '../connect/grpc-status.ts';
import { renderTable } from '../terminal/table.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import { anonymousHistory } from './anonymous-history.ts';

export interface ReplayOptions {
  /** The runs to replay, as a Temporal list filter. */
  readonly query: string;
  /** The folder in which to save their histories. */
  readonly save: string | undefined;
}

/** The result of replaying a run with the workflow code of this version. */
interface Replayed {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly events: number;
  /** Why the run would break; null when it replays. */
  readonly problem: string | null;
}

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

/** Replays runs with the workflow code of this version. Fails when this version would break one. Changes nothing. */
export async function replay({ found, config, printer }: Context, options: ReplayOptions): Promise<void> {
  const { query, save } = options;
  const saveRun = async ({ workflowId, runId }: WorkflowExecutionInfo, history: History) => {
    if (save === undefined) return;
    const file = join(save, `${workflowId.replaceAll(/[^\w.-]/g, '-')}-${runId.slice(0, 8)}.json`);
    await saveHistory(file, anonymousHistory(history, { [config.staging]: 'staging' }));
  };
  const runs = await withTemporal(temporalFor(found), (client) => replayRuns(client, query, saveRun)).catch(
    (error: unknown) => refuseQuery(query, error),
  );
  printer.result({ runs }, renderReplayed(runs));
  const broken = runs.filter(({ problem }) => problem !== null);
  if (broken.length > 0)
    throw new CommandFailure(
      exitCodes.failed,
      `This version would break ${broken.length} of ${formatCount(runs.length, 'run')}: ${broken.map(({ workflowId }) => workflowId).join(', ')}. Before its workers start, let these runs end or terminate them, or keep the old code behind patched().`,
    );
}

async function replayRuns(
  client: Client,
  query: string,
  saveRun: (run: WorkflowExecutionInfo, history: History) => Promise<void>,
): Promise<Replayed[]> {
  const runs: Replayed[] = [];
  let current: Omit<Replayed, 'problem'>;
  const histories = async function* () {
    for await (const run of client.workflow.list({ query: `TaskQueue = "${taskQueue}" and (${query})` })) {
      const { workflowId, runId, type } = run;
      const history = await fetchHistory(client, run);
      if (!history) continue;
      await saveRun(run, history);
      current = { workflowId, runId, type, events: history.events?.length ?? 0 };
      // A run without a completed workflow task has nothing to replay, and the SDK would wait for it forever.
      if (history.events?.some((event) => event.workflowTaskCompletedEventAttributes))
        yield { workflowId, history };
      else runs.push({ ...current, problem: null });
    }
  };
  // Histories are replayed one at a time, so each result belongs to the last yielded history.
  for await (const problem of replayHistories(histories()))
    runs.push({ ...current!, problem: problem ?? null });
  return runs;
}

/** The history of a run; `undefined` when the run has been removed since it was listed. */
async function fetchHistory(
  client: Client,
  { workflowId, runId }: WorkflowExecutionInfo,
): Promise<History | undefined> {
  try {
    return await client.workflow.getHandle(workflowId, runId).fetchHistory();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function saveHistory(file: string, text: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text, { flag: 'wx' }).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(
      exitCodes.failed,
      code === 'EEXIST'
        ? `${file} exists already, and a saved history is never overwritten. Choose another folder.`
        : `${file} cannot be written: ${message}`,
    );
  });
}

function refuseQuery(query: string, error: unknown): never {
  if (grpcStatus(error) !== grpc.invalidArgument) throw error;
  const { cause } = error as { cause?: { details?: string } };
  throw new CommandFailure(
    exitCodes.invalid,
    `--query ${query} is not a valid Temporal list filter: ${cause?.details ?? String(error)}`,
  );
}

/** A table of runs, and whether each replays. */
export function renderReplayed(runs: readonly Replayed[]): string {
  if (runs.length === 0) return 'No run matches the filter.';
  return renderTable(
    ['workflow', 'type', 'events', 'on this version'],
    runs.map(({ workflowId, type, events, problem }) => [
      workflowId,
      type,
      events,
      problem === null ? 'replays' : `breaks: ${problem.split('\n')[0]}`,
    ]),
  );
}
