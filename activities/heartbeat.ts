import { Context } from '@temporalio/activity';

/**
 * Runs `work` while telling Temporal every two seconds that this worker lives and how far it is, and hands it a signal
 * that aborts when the step is cancelled. A hanging server is not this beat's to notice: statement and TCP timeouts are.
 */
export async function withHeartbeat<P, T>(
  start: P,
  work: (report: (progress: P) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let progress = start;
  context.heartbeat(progress);
  const beat = setInterval(() => context.heartbeat(progress), 2_000);
  try {
    return await work((now) => (progress = now), context.cancellationSignal);
  } finally {
    clearInterval(beat);
  }
}
