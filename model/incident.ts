import type { Failure } from './failure.ts';
import type { LateCause } from './late-cause.ts';

/** The workflow id of a subject's incident: `incident/source/project_b`. */
export function incidentId(subject: string): string {
  return `${idPrefix}${subject}`;
}

/** The subject in the workflow id of an incident. */
export function subjectOf(workflowId: string): string {
  return workflowId.slice(idPrefix.length);
}

const idPrefix = 'incident/';

/** The workflow id of a subject's mute for a time: `mute/source/project_b`. */
export function muteId(subject: string): string {
  return `${mutePrefix}${subject}`;
}

/** The subject in the workflow id of a mute. */
export function mutedSubject(workflowId: string): string {
  return workflowId.slice(mutePrefix.length);
}

const mutePrefix = 'mute/';

/** A subject's type and name: `source/project_b` is `source` and `project_b`; `warehouse` is its own name. */
export function partsOf(subject: string): { readonly type: string; readonly name: string } {
  const slash = subject.indexOf('/');
  return slash < 0
    ? { type: subject, name: subject }
    : { type: subject.slice(0, slash), name: subject.slice(slash + 1) };
}

/** Subjects with this prefix are for testing the chats; no health check opens or resolves their incidents. */
export const testPrefix = 'test/';

/** The kinds of problems, each with the facts that a sentence about it needs. */
export type ProblemKind =
  | { readonly kind: 'failed' }
  /** `cause` is absent in incidents of an earlier version. */
  | { readonly kind: 'late'; readonly completeThrough: string; readonly cause?: LateCause }
  /** `ahead` is in seconds, negative when the clock is behind. */
  | { readonly kind: 'clock'; readonly ahead: number }
  | { readonly kind: 'long transaction'; readonly xmin: string }
  | { readonly kind: 'row count'; readonly tables: string }
  | { readonly kind: 'held deletes'; readonly tables: string }
  | { readonly kind: 'held back' }
  | { readonly kind: 'audit'; readonly tables: string }
  | { readonly kind: 'quarantine'; readonly tables: string }
  /** Each column with the views that read it. */
  | { readonly kind: 'dropped columns'; readonly columns: string }
  /** `tables` are those that the config no longer has; none when it no longer has their source. */
  | { readonly kind: 'orphans'; readonly tables: string; readonly rows: number }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'task failing' }
  | { readonly kind: 'retrying'; readonly activity: string; readonly attempts: number }
  | { readonly kind: 'overdue'; readonly usualSeconds: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'idle'; readonly last: string }
  | { readonly kind: 'no weather'; readonly last: string }
  /** `freeShare` is the free part of the disk, from 0 to 1. */
  | { readonly kind: 'disk full'; readonly freeBytes: number; readonly freeShare: number }
  | { readonly kind: 'no worker' }
  | { readonly kind: 'invalid config' }
  | { readonly kind: 'test' };

/** The problem of one subject, as found by a health check. */
export type Problem = ProblemKind & {
  /**
   * `source/project_b`, `place/minsk`, `schedule/sync`, `queue/files`, `row-count/project_a`, `clock/project_a`,
   * `audit/project_a`, `deletes/project_a`, `quarantine/project_a`, `columns/project_a`, `orphans/project_a`,
   * `table/project_a/orders`, `long-transaction/project_a`, `warehouse`, `disk/staging`, `config`.
   */
  readonly subject: string;
  /** When it began (ISO 8601), or when it was found if its beginning is not recorded. */
  readonly since: string;
  readonly failure?: Failure | undefined;
  readonly run?: RunReference | undefined;
  /** Sources that have no problem, for the problem of a source: their names, or some and how many more. */
  readonly unaffected?: string | undefined;
};

export interface RunReference {
  readonly workflowId: string;
  readonly runId: string;
}

export interface IncidentInput extends Reminding {
  readonly problem: Problem;
  /** Problems found at the same time whose incidents start silently; the first message of this incident lists them. */
  readonly related: readonly Problem[];
  /** The number of related problems beyond those in `related`. */
  readonly moreRelated: number;
  /** This incident sends no first message: that of another incident lists it. */
  readonly silent: boolean;
  /**
   * When it may send its first message (ISO 8601): its subject has had a message recently, is muted, or may recover. Absent
   * when it may at once.
   */
  readonly quietUntil?: string;
}

/** How long after a message the next reminder follows. */
export interface Reminding {
  readonly remindAfterMinutes?: number;
  /** The same in milliseconds, in incidents of an earlier version. */
  readonly remindAfterMs?: number;
}

/** After how long an open incident reminds its chats, in milliseconds. */
export function remindAfterMs({ remindAfterMinutes, remindAfterMs: ms = 0 }: Reminding): number {
  return remindAfterMinutes === undefined ? ms : remindAfterMinutes * 60_000;
}

export interface Resolution {
  /** When a check found the problem resolved (ISO 8601). */
  readonly at: string;
  /** The time through which a source is complete again. */
  readonly completeThrough?: string | undefined;
  /** The run that succeeded. */
  readonly run?: RunReference | undefined;
}

export interface IncidentState {
  readonly subject: string;
  /** The problem as a sentence. */
  readonly problem: string;
  readonly since: string;
  readonly status: 'quiet' | 'open' | 'muted' | 'resolved';
  /** The chats to notify. */
  readonly chats: readonly string[];
  /** The delivered messages, oldest first. */
  readonly notifications: readonly Notification[];
  /** By chat: why it could not be notified. */
  readonly undelivered: Readonly<Record<string, string>>;
}

export type MessageKind = 'opened' | 'reminder' | 'resolved';

export interface Notification {
  readonly chat: string;
  readonly message: MessageKind;
  /** ISO 8601. */
  readonly at: string;
}

/** Until when no messages are sent (ISO 8601). */
export interface Mute {
  readonly until: string;
}

export const resolvedSignal = 'resolved';
export const muteSignal = 'mute';
/** Takes every mute of an incident back, and the rest of its quiet time. */
export const unmuteSignal = 'unmute';
/** The names of the chats that the config has now. */
export const chatsSignal = 'chats';
export const incidentQuery = 'state';

/** What to do next: as sentences, as a command, as statements that each end with a semicolon; empty when only waiting helps. */
export interface NextAction {
  readonly text?: string;
  readonly command?: string;
  readonly sql: readonly string[];
}

/** The memo of an incident, for lists of incidents. What is optional is absent in incidents of an earlier version. */
export interface IncidentMemo {
  readonly problem: string;
  readonly since: string;
  /** What its failure says, one cause a line. */
  readonly cause?: string;
  readonly next?: NextAction;
  /** The run with the problem. */
  readonly run?: RunReference;
  /** When it may send its first message: its subject has had a message recently, is muted, or may recover. */
  readonly quietUntil?: string | null;
  /** The subject whose first message lists this incident. */
  readonly notifiedWith?: string;
  /** When its first message was delivered. */
  readonly notifiedAt?: string;
  readonly mutedUntil?: string | null;
  /** The chats that the incident knows of. */
  readonly chats?: readonly string[];
}

/** The subjects of the incidents that are open after a health check, and of those that it has resolved. */
export interface AlertsResult {
  /** Both in words. */
  readonly found: string;
  readonly open: readonly string[];
  readonly resolved: readonly string[];
}
