import { ApplicationFailure } from '@temporalio/common';
import { webhookName } from './alerts-config.ts';
import { shortened } from './shortened.ts';

/**
 * The types of failures: an activity throws one as the `type` of an ApplicationFailure, and workflows decide by it. Nothing
 * is decided by the text of a message.
 */
export const failureTypes = {
  /** Staged files or raw rows are missing, truncated or altered: extract again. */
  batchLost: 'BatchLost',
  /** Another batch has landed in the meantime: extract again from the new position. */
  positionMoved: 'PositionMoved',
  /** Row counts do not reconcile, even after the last extract that a run is allowed. */
  unreconciled: 'Unreconciled',
  /** Final: the config, a privilege or a table has to be changed first. */
  cannotRead: 'CannotRead',
  cannotLand: 'CannotLand',
  badConfig: 'BadConfig',
  /** Temporary: unreachable, locked, overloaded, full. */
  unavailable: 'Unavailable',
  /** An audit could not compare all that it was to compare. */
  auditFailed: 'AuditFailed',
  /** At least one source of a run failed. */
  sourcesFailed: 'SourcesFailed',
  /** Temporary: the weather service's response is not an observation, or is an old one. */
  noObservation: 'NoObservation',
  /** Another attempt has written the same file in the meantime: read it again. */
  fileMoved: 'FileMoved',
  /** The weather folder cannot be written: full, read-only, not mounted. */
  cannotWrite: 'CannotWrite',
  /** Final: a chat accepts no message until the token, the chat or the bot's membership is changed. */
  cannotNotify: 'CannotNotify',
  /** At least one place of a run failed. */
  placesFailed: 'PlacesFailed',
} as const;

/** The subject of a failure. */
export interface FailureSubject {
  readonly source?: string;
  /** It happened in the warehouse, while working for `source` if that is set. */
  readonly warehouse?: true;
  readonly place?: string;
  readonly chat?: string;
}

/** A cause of a failure. A failure has several when several tables fail, one for each. */
export interface Cause {
  readonly table?: string;
  /** What happened, with the offending value: a sentence without its subject and without a full stop. */
  readonly problem: string;
  /** What to do next, as sentences; absent when only waiting helps. */
  readonly advice?: string;
  /** The statement that `advice` asks to run, verbatim, without a semicolon. */
  readonly sql?: string;
}

/** `details[0]` of each ApplicationFailure that Tidehouse throws: its subject and causes as data. */
export interface FailureDetails extends FailureSubject {
  readonly causes: readonly [Cause, ...Cause[]];
}

/** A failure as data: `type` for decisions, `message` for people, `details` for its subject and causes. */
export interface Failure {
  readonly type: string;
  readonly message: string;
  readonly details?: FailureDetails | undefined;
}

/**
 * The message of a failure: subject, table, problem and advice, one cause a line. A statement is on a line of its own
 * without a full stop, ready to copy.
 */
export function failureMessage(details: FailureDetails): string {
  const subject = subjectLabel(details);
  return details.causes.map((cause) => causeText(subject, cause)).join('\n');
}

const maxCauses = 20;
const maxProblemText = 1_000;

/**
 * The details with at most 20 causes, whose problems have at most 1,000 characters: the history of a run with a thousand failed
 * children has all of theirs. Statements stay whole.
 */
export function boundedDetails({ causes, ...subject }: FailureDetails): FailureDetails {
  const bounded = causes
    .slice(0, maxCauses)
    .map((cause) => ({ ...cause, problem: shortened(cause.problem, maxProblemText) }));
  const more = causes.length - bounded.length;
  const [first, ...others] = more > 0 ? [...bounded, { problem: `and ${more} more` }] : bounded;
  return { ...subject, causes: [first!, ...others] };
}

/** The subject in a message, such as `source "shop", the warehouse`; empty when the failure has no subject. */
function subjectLabel({ source, warehouse, place, chat }: FailureSubject): string {
  return [
    source === undefined ? '' : `source "${source}"`,
    warehouse ? 'the warehouse' : '',
    place === undefined ? '' : `place "${place}"`,
    chat === undefined ? '' : chat === webhookName ? 'the webhook' : `Telegram chat ${chat}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function causeText(subject: string, { table, problem, advice, sql }: Cause): string {
  const about = [subject, table === undefined ? '' : `table "${table}"`].filter(Boolean).join(', ');
  const sentences = [`${about === '' ? '' : `${about}: `}${problem.replace(/\.$/, '')}.`, advice ?? '']
    .filter(Boolean)
    .join(' ');
  return sql === undefined ? sentences : `${sentences}\n${sql};`;
}

/** What else a failure says, to Temporal and to those who wait. */
export interface FailureOptions {
  /** Trying again cannot help. */
  readonly final?: boolean;
  readonly cause?: Error;
  /** When to retry, where the other side has specified it. */
  readonly retryAfterMs?: number;
  /** The run's result in spite of the failure, for those who wait for the run, as `details[1]`. */
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
