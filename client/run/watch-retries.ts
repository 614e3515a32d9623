import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

const everyMs = 3_000;

/** How many workflows are watched: each is one more request. */
const maxWatched = 20;

/**
 * Logs what the activities of these workflows wait for: the failure after which Temporal tries one again, each once, until
 * `signal` aborts.
 */
export async function watchRetries(
  client: Pick<Client, 'workflow' | 'withDeadline'>,
  workflowIds: readonly string[],
  log: (line: string) => void,
  signal: AbortSignal,
  intervalMs = everyMs,
): Promise<void> {
  const logged = new Set<string>();
  for (;;) {
    await pause(intervalMs, undefined, { signal }).catch(() => undefined);
    const failures = await Promise.all(
      // A workflow that has not started yet, or an outage of Temporal: others report that.
      workflowIds.slice(0, maxWatched).map((id) => lastFailures(client, id).catch(() => [])),
    );
    if (signal.aborted) return;
    for (const message of failures.flat().filter((failure) => !logged.has(failure))) {
      logged.add(message);
      log(`${message} Trying again.`);
    }
  }
}

async function lastFailures(
  client: Pick<Client, 'workflow' | 'withDeadline'>,
  workflowId: string,
): Promise<string[]> {
  const { raw } = await client.withDeadline(Date.now() + 2_000, () =>
    client.workflow.getHandle(workflowId).describe(),
  );
  return (raw.pendingActivities ?? []).flatMap(({ lastFailure }) => lastFailure?.message ?? []);
}
