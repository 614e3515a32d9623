import { Context } from '@temporalio/activity';

const everyMs = 2_000;

/**
 * Runs `work` while sending Temporal a heartbeat with its last progress every two seconds, and gives it a signal that
 * aborts when the activity is cancelled. A server that hangs is noticed by statement and TCP timeouts, not by this.
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
