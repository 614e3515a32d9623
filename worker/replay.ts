import { DefaultLogger, Runtime, Worker, makeTelemetryFilterString } from '@temporalio/worker';
import type { ReplayHistoriesIterable } from '@temporalio/worker';
import { bundlePath } from './bundle-path.ts';

/**
 * Replays the histories with the workflows of this version, one after the other, and yields for each the reason why its run
 * could not continue, or `undefined` when it could. Temporal's log is silenced, because the reason has the same content.
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

/** The reason without the SDK's prefix: "Replay failed with … Details: [TMPRL1100] Nondeterminism error: …". */
function reasonIn(message: string): string {
  return message.replace(/^.*? Details: /s, '').replace(/^\[TMPRL1100\] (Nondeterminism error: )?/, '');
}
