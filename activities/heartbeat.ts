import { Context } from '@temporalio/activity';

const everyMs = 2_000;

/**
 * Runs `work` while sending Temporal a heartbeat with its last progress every two seconds. `work` receives a signal that
 * aborts when the activity is cancelled. Statement and TCP timeouts detect a hanging server; heartbeats do not.
 */
export async function withHeartbeat<P, T>(
  start: P,
  work: (report: (progress: P) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let progress = start;
  context.heartbeat(progress);
  const timer = setInterval(() => context.heartbeat(progress), everyMs);
  try {
    return await work((now) => (progress = now), context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}
