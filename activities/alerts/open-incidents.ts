import type { Client } from '@temporalio/client';
import type { IncidentMemo, Problem } from '../../model/incident.ts';
import { subjectOf } from '../../model/incident.ts';
import { workflowTypes } from '../../model/names.ts';
import { quoted } from './checks/runs.ts';

/** The incidents as Temporal knows them. No run of ours passes them on, so none can be lost between two runs. */
export interface Incidents {
  /** The memos of the open ones, by subject. */
  readonly open: ReadonlyMap<string, Partial<IncidentMemo>>;
  /** The memos of those that closed within the quiet time or the longest mute, by subject. */
  readonly closed: ReadonlyMap<string, readonly Partial<IncidentMemo>[]>;
}

/** How long an incident that closed while it was muted is remembered. */
const longestMuteMs = 24 * 3_600_000;

/** Reads the incidents that are open, and those that closed lately. */
export async function readIncidents(client: Client, quietMs: number, now: number): Promise<Incidents> {
  const since = new Date(now - Math.max(quietMs, longestMuteMs)).toISOString();
  const open = new Map<string, Partial<IncidentMemo>>();
  for await (const [subject, memo] of memos(client, `ExecutionStatus = 'Running'`)) open.set(subject, memo);
  const closed = new Map<string, Partial<IncidentMemo>[]>();
  for await (const [subject, memo] of memos(
    client,
    `ExecutionStatus != 'Running' AND CloseTime > '${since}'`,
  ))
    closed.set(subject, [...(closed.get(subject) ?? []), memo]);
  return { open, closed };
}

async function* memos(
  client: Client,
  which: string,
): AsyncGenerator<readonly [subject: string, memo: Partial<IncidentMemo>]> {
  const query = `WorkflowType = ${quoted(workflowTypes.incident)} AND ${which}`;
  for await (const { workflowId, memo } of client.workflow.list({ query }))
    yield [subjectOf(workflowId), memo ?? {}];
}

/** A problem without an open incident. */
export interface NewProblem {
  readonly problem: Problem;
  /** How long to send nothing yet (ms), because its subject was notified a moment ago, is muted, or may recover. */
  readonly quietMs: number;
  /** The end of that time (ISO 8601). */
  readonly quietUntil?: string;
}

/** The problem, with the time for which its subject is still quiet after its last incidents, at least `graceMs`. */
export function withQuietTime(
  problem: Problem,
  { closed }: Incidents,
  { quietMs, graceMs, now }: { readonly quietMs: number; readonly graceMs: number; readonly now: number },
): NewProblem {
  const ends = (closed.get(problem.subject) ?? []).flatMap(({ notifiedAt, mutedUntil }) => [
    notifiedAt === undefined ? 0 : Date.parse(notifiedAt) + quietMs,
    mutedUntil === undefined ? 0 : Date.parse(mutedUntil),
  ]);
  const until = Math.max(now + graceMs, ...ends);
  return until > now
    ? { problem, quietMs: until - now, quietUntil: new Date(until).toISOString() }
    : { problem, quietMs: 0 };
}

/**
 * Whether the first message of another open incident lists this one and has not been delivered: that a problem is
 * resolved must not be heard before the problem itself.
 */
export function isUnannounced(subject: string, { open }: Incidents): boolean {
  const notifiedWith = open.get(subject)?.notifiedWith;
  const announcer = notifiedWith === undefined ? undefined : open.get(notifiedWith);
  return announcer !== undefined && announcer.notifiedAt === undefined;
}
