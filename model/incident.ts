import type { Failure } from './failure.ts';

/** The id of the workflow that is the open incident of a subject: `incident/source/project_b`. */
export function incidentId(subject: string): string {
  return `${idPrefix}${subject}`;
}

/** The subject that an incident's workflow id names. */
export function subjectOf(workflowId: string): string {
  return workflowId.slice(idPrefix.length);
}

const idPrefix = 'incident/';

/** A subject's type and name: `source/project_b` is `source` and `project_b`; `warehouse` is its own name. */
export function partsOf(subject: string): { readonly type: string; readonly name: string } {
  const slash = subject.indexOf('/');
  return slash < 0
    ? { type: subject, name: subject }
    : { type: subject.slice(0, slash), name: subject.slice(slash + 1) };
}

/** Subjects with this prefix are for testing the chats; no health check opens or resolves their incidents. */
export const testPrefix = 'test/';

/** What a problem is, by kind, with the facts that a sentence about it needs. */
export type ProblemKind =
  | { readonly kind: 'failed' }
  | { readonly kind: 'late'; readonly completeThrough: string }
  | { readonly kind: 'long transaction'; readonly xmin: string }
  | { readonly kind: 'row count'; readonly tables: string }
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

/** The problem of one subject, as a health check found it. */
export type Problem = ProblemKind & {
  /** `source/project_b`, `place/minsk`, `schedule/sync`, `queue/files`, `row-count/project_a`, `long-transaction/project_a`, `warehouse`, `disk/staging`, `config`. */
  readonly subject: string;
  /** When it began (ISO 8601), or when it was found where nothing records its beginning. */
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

export interface IncidentInput {
  readonly problem: Problem;
  /** The problems found at the same time whose incidents start silently: the first message of this one lists them. */
  readonly related: readonly Problem[];
  /** How many more there are than `related` lists. */
  readonly moreRelated: number;
  /** The first message of another incident lists this one. */
  readonly silent: boolean;
  /** How long to send nothing yet (ms), because its subject was notified a moment ago, is muted, or may recover. */
  readonly quietMs: number;
  readonly remindAfterMs: number;
}

export interface Resolution {
  /** When the problem was seen to be over (ISO 8601). */
  readonly at: string;
  /** How far a source is complete again. */
  readonly completeThrough?: string | undefined;
}

export interface IncidentState {
  readonly subject: string;
  /** The problem as a sentence. */
  readonly problem: string;
  readonly since: string;
  readonly status: 'quiet' | 'open' | 'muted' | 'resolved';
  /** The chats that are notified. */
  readonly chats: readonly string[];
  /** Each message that was delivered, oldest first. */
  readonly notifications: readonly Notification[];
  /** Why a chat could not be notified, by its name. */
  readonly undelivered: Readonly<Record<string, string>>;
}

export type MessageKind = 'opened' | 'reminder' | 'resolved';

export interface Notification {
  readonly chat: string;
  readonly message: MessageKind;
  /** ISO 8601. */
  readonly at: string;
}

export interface Mute {
  readonly forMs: number;
  readonly until: string;
}

export const resolvedSignal = 'resolved';
export const muteSignal = 'mute';
export const incidentQuery = 'state';

/** What an incident's memo says, for lists of them. */
export interface IncidentMemo {
  readonly problem: string;
  readonly since: string;
  /** Until when it sends nothing, because its subject was notified a moment ago, is muted, or may recover. */
  readonly quietUntil?: string;
  /** The subject whose first message lists this one. */
  readonly notifiedWith?: string;
  /** When its first message was delivered. */
  readonly notifiedAt?: string;
  readonly mutedUntil?: string;
}

/** The subjects of the incidents that are open after a health check, and of those that it resolved. */
export interface AlertsResult {
  readonly open: readonly string[];
  readonly resolved: readonly string[];
}
