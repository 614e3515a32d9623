import type { LogEntry } from '@temporalio/worker';

/** Known to the task only, and of no use to a reader. */
const left = new Set(['taskToken', 'sdkComponent']);

/** A log entry as one JSON object on one line. An error comes down to its messages, outermost first. */
export function logLine({ level, message, timestampNanos, meta }: LogEntry): string {
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  return JSON.stringify({ time, level, message, ...meta }, (key, value: unknown) => {
    if (left.has(key)) return undefined;
    return value instanceof Error ? messagesOf(value) : value;
  });
}

function messagesOf(error: Error): string {
  const messages: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (at.message && !messages.includes(at.message)) messages.push(at.message);
  return messages.join(': ');
}
