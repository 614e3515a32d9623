import { ApplicationFailure } from '@temporalio/common';

/**
 * The names that decisions are made by: an activity throws them as the `type` of an ApplicationFailure, a workflow chooses
 * by them, and nothing is decided by the text of a message.
 */
export const failureTypes = {
  /** What was staged, or its rows in raw, is missing, cut short or altered: extract again. */
  batchLost: 'BatchLost',
  /** Another batch landed meanwhile: extract again from the new position. */
  positionMoved: 'PositionMoved',
  /** Row counts do not reconcile, even after the last extract that a run may make. */
  unreconciled: 'Unreconciled',
  /** Final: somebody has to change the config, a privilege, a table. */
  cannotRead: 'CannotRead',
  cannotLand: 'CannotLand',
  badConfig: 'BadConfig',
  /** Temporary: out of reach, locked, overloaded, full. */
  unavailable: 'Unavailable',
  /** At least one source of a run failed. */
  sourcesFailed: 'SourcesFailed',
  /** Temporary: the weather service gives an answer that is not an observation, or an old one. */
  noObservation: 'NoObservation',
  /** Another attempt wrote the same file meanwhile: read it again. */
  fileMoved: 'FileMoved',
  /** The weather folder cannot be written: full, read-only, not mounted. */
  cannotWrite: 'CannotWrite',
  /** Final: a chat accepts no message until somebody changes the token, the chat, or the bot's membership. */
  cannotNotify: 'CannotNotify',
  /** At least one place of a run failed. */
  placesFailed: 'PlacesFailed',
} as const;

/** What a failure is about. */
export interface FailureSubject {
  readonly source?: string;
  /** It happened in the warehouse; `source` then says for which source. */
  readonly warehouse?: true;
  readonly place?: string;
  readonly chat?: string;
}

/** Why it failed. A failure has several causes where several tables have one each. */
export interface Cause {
  readonly table?: string;
  /** What happened, with the value at fault, as a sentence without its subject and without a full stop. */
  readonly problem: string;
  /** What to do next, as sentences; absent when only waiting helps. */
  readonly advice?: string;
  /** A statement that `advice` asks for, exactly as it is to be run, without a semicolon. */
  readonly sql?: string;
}

/** `details[0]` of each ApplicationFailure of ours: its subject and causes as data. */
export interface FailureDetails extends FailureSubject {
  readonly causes: readonly [Cause, ...Cause[]];
}

/** A failure as it is passed on: by which decisions are made, what people read, and its subject. */
export interface Failure {
  readonly type: string;
  readonly message: string;
  readonly details?: FailureDetails | undefined;
}

/**
 * What people read: subject, table, problem and advice, one cause a line. A statement stands on a line of its own without
 * a full stop, so that it can be copied.
 */
export function failureMessage(details: FailureDetails): string {
  const subject = subjectLabel(details);
  return details.causes.map((cause) => causeText(subject, cause)).join('\n');
}

/** `source "shop", the warehouse`; empty when the failure is about nothing in particular. */
export function subjectLabel({ source, warehouse, place, chat }: FailureSubject): string {
  return [
    source === undefined ? '' : `source "${source}"`,
    warehouse ? 'the warehouse' : '',
    place === undefined ? '' : `place "${place}"`,
    chat === undefined ? '' : `Telegram chat ${chat}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function causeText(subject: string, { table, problem, advice, sql }: Cause): string {
  const about = [subject, table === undefined ? '' : `table "${table}"`].filter(Boolean).join(', ');
  const sentences = [`${about === '' ? '' : `${about}: `}${problem.replace(/\.$/, '')}.`, advice ?? '']
    .filter(Boolean)
    .join(' ');
  return sql === undefined ? sentences : `${sentences}\n${sql}`;
}

/** How a failure is thrown. */
export interface FailureOptions {
  /** Trying again cannot help. */
  readonly final?: boolean;
  readonly cause?: Error;
  /** When to try again, where the other side has said so. */
  readonly retryAfterMs?: number;
  /** What else whoever waits for the run is to be given, as `details[1]`. */
  readonly result?: object;
}

/** A failure to throw, from an activity or a workflow: its message is `failureMessage(details)`. */
export function createFailure(
  type: string,
  details: FailureDetails,
  { final = false, cause, retryAfterMs, result }: FailureOptions = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: failureMessage(details),
    nonRetryable: final,
    details: result === undefined ? [details] : [details, result],
    ...(cause && { cause }),
    ...(retryAfterMs !== undefined && { nextRetryDelay: retryAfterMs }),
  });
}
