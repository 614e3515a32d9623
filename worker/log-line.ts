import { isNativeError } from 'node:util/types';
import type { LogEntry } from '@temporalio/worker';
import { incidentId } from '../model/incident.ts';
import { syncSourceId, weatherPlaceId } from '../model/names.ts';

/** Fields that are useless to a reader. */
const omitted = new Set(['taskToken', 'sdkComponent']);

/** Fields whose names differ between the logs of activities and of workflows. */
const renamed: Readonly<Record<string, string>> = { workflowRunId: 'runId' };

/** For workflows with one subject: the key of the subject in a log line, and the prefix of the workflow id. */
const subjects = [
  ['source', syncSourceId('')],
  ['place', weatherPlaceId('')],
  ['incident', incidentId('')],
] as const;

/** A log entry of Temporal's SDK as a line of the log, with the same keys for workflows and activities. */
export function logLine({ level, message, timestampNanos, meta = {} }: LogEntry): string {
  const time = new Date(Number(timestampNanos / 1_000_000n));
  const { workflowId } = meta;
  const about = subjects.flatMap(([key, prefix]) =>
    typeof workflowId === 'string' && workflowId.startsWith(prefix)
      ? [[key, workflowId.slice(prefix.length)]]
      : [],
  );
  const known = Object.entries(meta as Record<string, unknown>).filter(([key]) => !omitted.has(key));
  const all = [...about, ...known.map(([key, value]) => [renamed[key] ?? key, value])] as [string, unknown][];
  return jsonLine(time, level, message, Object.fromEntries(all));
}

/**
 * A log line: one JSON object. An error is written as the messages in its chain of causes, outermost first, each once.
 */
export function jsonLine(time: Date, level: string, message: string, more: object = {}): string {
  return JSON.stringify({ time: time.toISOString(), level, message, ...more }, (_, value: unknown) =>
    isNativeError(value) ? messagesOf(value) : value,
  );
}

function messagesOf(error: Error): string {
  const messages: string[] = [];
  for (let at: unknown = error; isNativeError(at); at = at.cause)
    if (!isWrapper(at) && !messages.some((message) => message.includes(at.message)))
      messages.push(at.message);
  return messages.join(': ').replaceAll('.: ', ': ');
}

/** Whether the error says only that its cause ended an activity or a child. */
function isWrapper({ name, cause }: Error): boolean {
  return isNativeError(cause) && (name === 'ActivityFailure' || name === 'ChildWorkflowFailure');
}
