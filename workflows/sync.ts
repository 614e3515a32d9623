import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  condition,
  defineQuery,
  isCancellation,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
} from '@temporalio/workflow';
import type { ChildWorkflowHandle } from '@temporalio/workflow';
import { failures } from '../model/failure.ts';
import { progressQuery, syncSourceId } from '../model/run.ts';
import type { SourceResult, SyncInput, SyncResult } from '../model/run.ts';
import { reasonOf } from './failure.ts';
import { listSources } from './proxies.ts';
import { syncSource } from './sync-source.ts';

/**
 * All sources at once, each in its own child, which goes on by itself whatever happens to this run. Waits for them as
 * long as the input says; a child that is not done by then is `running`, and so is one that an earlier run started.
 * Fails at its end, naming each failed source, so that no source stops or delays another.
 */
export async function sync(input: SyncInput): Promise<SyncResult> {
  const results: Record<string, SourceResult> = {};
  setHandler(defineQuery<SyncResult>(progressQuery), () => ({ sources: results }));

  const sources = await listSources(input.sources);
  for (const source of sources) results[source] = running;
  const tellDetails = () => setCurrentDetails(details(results));
  tellDetails();

  let open = sources.length;
  for (const source of sources) {
    void syncOne(source, input).then((result) => {
      results[source] = result;
      open--;
      tellDetails();
    });
  }
  await condition(() => open === 0, input.patienceMs);

  const failed = Object.entries(results).filter(([, { status }]) => status === 'failed');
  if (failed.length === 0) return { sources: results };
  throw ApplicationFailure.create({
    type: failures.sourcesFailed,
    message: `${failed.length} of ${sources.length} sources failed: ${failed.map(([, { error }]) => error).join(' | ')}`,
    nonRetryable: true,
    details: [{ sources: results } satisfies SyncResult],
  });
}

const running: SourceResult = { status: 'running', tables: {}, sessions: 0 };

async function syncOne(source: string, input: SyncInput): Promise<SourceResult> {
  try {
    const child = await startOne(source, input);
    return child ? await child.result() : running;
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) return running;
    return { ...running, status: 'failed', error: named(source, reasonOf(error).message) };
  }
}

/** Most sentences name their source; one about the warehouse, or about a child that was silenced, does not. */
function named(source: string, sentence: string): string {
  return sentence.includes(`source "${source}"`) ? sentence : `source "${source}": ${sentence}`;
}

/** Starts the child of `source`; answers nothing when one is running, unless it is to be waited for. */
async function startOne(
  source: string,
  { afterRunning }: SyncInput,
): Promise<ChildWorkflowHandle<typeof syncSource> | undefined> {
  for (let asked = 1; ; asked++) {
    try {
      return await startChild(syncSource, {
        workflowId: syncSourceId(source),
        args: [{ source }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        workflowExecutionTimeout: '2 hours',
        staticSummary: source,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (!afterRunning) return undefined;
      // A run may take two hours: asking less and less often keeps this history short.
      await sleep(Math.min(asked, 30) * 1_000);
    }
  }
}

function details(results: Readonly<Record<string, SourceResult>>): string {
  const rows = Object.entries(results).map(([source, { status, completeThrough, error, tables }]) => {
    const changed = Object.values(tables).reduce(
      (sum, table) => sum + table.inserted + table.updated + table.deleted,
      0,
    );
    return `| ${source} | ${status} | ${status === 'landed' ? changed : ''} | ${completeThrough ?? error ?? ''} |`;
  });
  return ['| source | state | rows changed | complete through |', '|---|---|---|---|', ...rows].join('\n');
}
