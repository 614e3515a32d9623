import { DefaultLogger, Runtime, Worker, makeTelemetryFilterString } from '@temporalio/worker';
import type { ReplayHistoriesIterable } from '@temporalio/worker';
import { bundlePath } from './bundle-path.ts';

/**
 * Runs the workflows of this version against what has happened in other runs, one after the other, and yields for each
 * why it could not go on, or `undefined` when it could. What Temporal's log would say meanwhile is in the reason.
 */
export async function* replayHistories(
  histories: ReplayHistoriesIterable,
): AsyncGenerator<string | undefined> {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }), forward: {} } },
  });
  const replayed = Worker.runReplayHistories({ workflowBundle: { codePath: bundlePath } }, histories);
  for await (const { error } of replayed) yield error && reasonIn(error.message);
}

/** Without what the SDK says in front of each: "Replay failed with … Details: [TMPRL1100] Nondeterminism error: …". */
function reasonIn(message: string): string {
  return message.replace(/^.*? Details: /s, '').replace(/^\[TMPRL1100\] (Nondeterminism error: )?/, '');
}
