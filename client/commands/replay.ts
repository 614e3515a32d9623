import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { taskQueue } from '../../model/names.ts';
import { replayHistories } from '../../worker/replay.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { grpc, grpcStatus } from '../connect/grpc-status.ts';
import { scrubbedHistory } from '../replay/scrubbed-history.ts';
import { renderTable } from '../terminal/table.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';

export interface ReplayOptions {
  /** Which runs, in Temporal's list filter; those that are open unless given. */
  readonly query: string;
  /** A folder that their histories are kept in. */
  readonly save?: string;
}

/** A run, and whether the workflows of this version could go on with it. */
interface Replayed {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly events: number;
  /** Why they could not; `null` when they could. */
  readonly problem: string | null;
}

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

/** Says of the runs that Temporal has whether the workflows of this version could go on with them. Changes none of them. */
export async function replay({ found, config, printer }: Context, options: ReplayOptions): Promise<void> {
  const { query, save } = options;
  const keep = async ({ workflowId, runId }: WorkflowExecutionInfo, history: History) => {
    if (save === undefined) return;
    const file = join(save, `${workflowId.replaceAll(/[^\w.-]/g, '-')}-${runId.slice(0, 8)}.json`);
    await saveHistory(file, scrubbedHistory(history, { [config.staging]: 'staging' }));
  };
  const runs = await withTemporal(temporalFor(found), (client) => replayRuns(client, query, keep)).catch(
    (error: unknown) => refuse(query, error),
  );
  printer.result({ runs }, render(runs));
  const broken = runs.filter(({ problem }) => problem !== null);
  if (broken.length > 0)
    throw new CommandFailure(
      exitCodes.failed,
      `This version would break ${broken.length} of ${runs.length} runs: ${broken.map(({ workflowId }) => workflowId).join(', ')}. Let them end, or end them, before its workers start; or keep what they did behind patched().`,
    );
}

async function replayRuns(
  client: Client,
  query: string,
  keep: (run: WorkflowExecutionInfo, history: History) => Promise<void>,
): Promise<Replayed[]> {
  const runs: Replayed[] = [];
  let at: Omit<Replayed, 'problem'>;
  const histories = async function* () {
    for await (const run of client.workflow.list({ query: `TaskQueue = "${taskQueue}" and (${query})` })) {
      const { workflowId, runId, type } = run;
      const history = await historyOf(client, run);
      if (!history) continue;
      await keep(run, history);
      at = { workflowId, runId, type, events: history.events?.length ?? 0 };
      // What no worker has begun holds nothing to replay, and the SDK would wait for it.
      if (history.events?.some((event) => event.workflowTaskCompletedEventAttributes))
        yield { workflowId, history };
      else runs.push({ ...at, problem: null });
    }
  };
  // One at a time: the history that was asked for last is the one that this is the answer to.
  for await (const problem of replayHistories(histories())) runs.push({ ...at!, problem: problem ?? null });
  return runs;
}

/** `undefined` when the run was removed since it was listed. */
async function historyOf(
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
        ? `${file} is there already, and a history that is kept is never changed; name another folder.`
        : `${file} cannot be written: ${message}`,
    );
  });
}

function refuse(query: string, error: unknown): never {
  if (grpcStatus(error) !== grpc.invalidArgument) throw error;
  const { cause } = error as { cause?: { details?: string } };
  throw new CommandFailure(
    exitCodes.wrong,
    `--query ${query} is no filter that Temporal understands: ${cause?.details ?? String(error)}`,
  );
}

function render(runs: readonly Replayed[]): string {
  if (runs.length === 0) return 'There are no such runs.';
  return renderTable(
    ['workflow', 'type', 'events', 'with this version'],
    runs.map(({ workflowId, type, events, problem }) => [
      workflowId,
      type,
      events,
      problem === null ? 'goes on' : `breaks: ${problem.split('\n')[0]}`,
    ]),
  );
}
