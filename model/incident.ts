/** The id of the workflow that is the open incident of a thing: `incident/source/project_b`. */
export function incidentId(thing: string): string {
  return `${idPrefix}${thing}`;
}

/** The thing that an incident's workflow id names. */
export function thingOf(workflowId: string): string {
  return workflowId.slice(idPrefix.length);
}

const idPrefix = 'incident/';

/** Things of this kind are trials, which nobody looks around for. */
export const trialPrefix = 'test/';

/** What is wrong, by a word for each kind; what it is about is the thing's own name. */
export type What =
  | { readonly kind: 'failed' }
  | { readonly kind: 'late'; readonly completeThrough: string }
  | { readonly kind: 'held up'; readonly xmin: string }
  | { readonly kind: 'unbalanced'; readonly tables: string }
  | { readonly kind: 'away' }
  | { readonly kind: 'task failing' }
  | { readonly kind: 'retrying'; readonly step: string; readonly attempts: number }
  | { readonly kind: 'overdue'; readonly usualSeconds: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'idle'; readonly last: string }
  | { readonly kind: 'no weather'; readonly last: string | undefined }
  | { readonly kind: 'disk full'; readonly free: string }
  | { readonly kind: 'no worker' }
  | { readonly kind: 'bad config' }
  | { readonly kind: 'trial' };

/** One thing that is wrong, as a look-around found it. */
export interface Finding {
  /** `source/project_b`, `place/minsk`, `schedule/sync`, `queue/files`, `books/project_a`, `snapshot/project_a`, `warehouse`, `disk/staging`, `config`. */
  readonly thing: string;
  readonly what: What;
  /** When it began (ISO 8601). */
  readonly since: string;
  /** The whole error; its first line is what is told first. */
  readonly error?: string | undefined;
  readonly run?: { readonly workflowId: string; readonly runId: string } | undefined;
  /** What goes on as usual, in names. */
  readonly works?: string | undefined;
  /** What else was found at the same time, for the message that tells of all: on the first one only. */
  readonly besides?: readonly Beside[] | undefined;
}

/** Another thing that is wrong, in short: of its error, the beginning. */
export type Beside = Pick<Finding, 'thing' | 'what' | 'error'>;

export interface IncidentInput {
  readonly finding: Finding;
  /** Those found at the same time, which start silent: this one's first message lists them. */
  readonly others: readonly string[];
  /** Another one's first message has told of it. */
  readonly silent: boolean;
  /** How long to say nothing yet, because it was told of a moment ago, in milliseconds. */
  readonly holdMs: number;
  readonly remindAfterMs: number;
}

export interface Well {
  /** When it was seen to be well again (ISO 8601). */
  readonly at: string;
  /** What was caught up. */
  readonly caughtUp?: string | undefined;
}

export interface IncidentState {
  readonly thing: string;
  readonly what: string;
  readonly since: string;
  readonly status: 'held' | 'open' | 'muted' | 'well';
  /** Those that are told. */
  readonly chats: readonly string[];
  /** Each message that was delivered, oldest first. */
  readonly told: readonly Told[];
  /** Why a chat gets none. */
  readonly refused: Readonly<Record<string, string>>;
}

export type MessageKind = 'down' | 'reminder' | 'up';

export interface Told {
  readonly chat: string;
  readonly message: MessageKind;
  /** ISO 8601. */
  readonly at: string;
}

export interface Mute {
  readonly forMs: number;
  readonly until: string;
}

export const wellSignal = 'well';
export const muteSignal = 'mute';
export const incidentQuery = 'state';

/** What an incident's memo says, for lists of them. */
export interface IncidentMemo {
  readonly what: string;
  readonly since: string;
  /** Until when it is held back, because it was told of a moment ago, or muted. */
  readonly heldUntil?: string;
  /** The thing whose first message tells of this one too. */
  readonly toldWith?: string;
  /** When its first message was delivered. */
  readonly toldAt?: string;
  readonly mutedUntil?: string;
}

export interface AlertsResult {
  readonly wrong: readonly string[];
  readonly well: readonly string[];
}
