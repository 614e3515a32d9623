import type { Client } from '@temporalio/client';
import type { IncidentMemo, Mute, Problem } from '../../model/incident.ts';
import { mutedSubject, subjectOf } from '../../model/incident.ts';
import { workflowTypes } from '../../model/names.ts';
import { quoted } from './checks/runs.ts';

/** The incidents in Temporal. They are not passed from run to run, so none can be lost between two runs. */
export interface Incidents {
  /** The memos of the open incidents, by subject. */
  readonly open: ReadonlyMap<string, Partial<IncidentMemo>>;
  /** The memos of the incidents that closed within the quiet time, by subject. */
  readonly closed: ReadonlyMap<string, readonly Partial<IncidentMemo>[]>;
  /** Until when all incidents of a subject are muted (ISO 8601), by subject. */
  readonly mutes: ReadonlyMap<string, string>;
}

/** Reads the incidents that are open and those that closed recently, and the mutes in force. */
export async function readIncidents(client: Client, quietMs: number, now: number): Promise<Incidents> {
  const since = new Date(now - quietMs).toISOString();
  const open = new Map<string, Partial<IncidentMemo>>();
  for await (const [subject, memo] of memos(client, `ExecutionStatus = 'Running'`)) open.set(subject, memo);
  const closed = new Map<string, Partial<IncidentMemo>[]>();
  for await (const [subject, memo] of memos(
    client,
    `ExecutionStatus != 'Running' AND CloseTime > '${since}'`,
  ))
    closed.set(subject, [...(closed.get(subject) ?? []), memo]);
  return { open, closed, mutes: await readMutes(client) };
}

/** Until when all incidents of a subject are muted (ISO 8601), by subject. */
export async function readMutes(client: Client): Promise<Map<string, string>> {
  const query = `WorkflowType = ${quoted(workflowTypes.mute)} AND ExecutionStatus = 'Running'`;
  const mutes = new Map<string, string>();
  for await (const { workflowId, memo } of client.workflow.list({ query })) {
    const { until } = (memo ?? {}) as Partial<Mute>;
    if (until !== undefined) mutes.set(mutedSubject(workflowId), until);
  }
  return mutes;
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
  /** When it may send its first message: see `IncidentInput`. */
  readonly quietUntil?: string;
}

/**
 * The problem with its quiet time: what remains of that of the subject's last incidents and of its mute, and at least
 * `graceMs`.
 */
export function withQuietTime(
  problem: Problem,
  { closed, mutes }: Incidents,
  { quietMs, graceMs, now }: { readonly quietMs: number; readonly graceMs: number; readonly now: number },
): NewProblem {
  const ends = (closed.get(problem.subject) ?? []).map(({ notifiedAt }) =>
    notifiedAt === undefined ? 0 : Date.parse(notifiedAt) + quietMs,
  );
  const mutedUntil = mutes.get(problem.subject);
  const until = Math.max(now + graceMs, ...ends, mutedUntil === undefined ? 0 : Date.parse(mutedUntil));
  return until > now ? { problem, quietUntil: new Date(until).toISOString() } : { problem };
}

/**
 * Whether the first message of another open incident lists this one and has not been delivered yet: the message that a
 * problem is resolved must not arrive before the message about the problem.
 */
export function isUnannounced(subject: string, { open }: Incidents): boolean {
  const notifiedWith = open.get(subject)?.notifiedWith;
  const announcer = notifiedWith === undefined ? undefined : open.get(notifiedWith);
  return announcer !== undefined && announcer.notifiedAt === undefined;
}
