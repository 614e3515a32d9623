import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import type { Failure, FailureDetails, FailureSubject } from './failure.ts';
import { failureMessage } from './failure.ts';

/**
 * Unwraps a Temporal error: to the outermost ApplicationFailure in its chain of causes, or to how the activity or the run
 * was ended from outside. The driver's error remains the failure's cause. For workflows, activities and clients alike.
 */
export function unwrapFailure(error: unknown): Failure {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure)
      return { type: at.type ?? at.name, message: at.message, details: detailsOf(at) };
    const ended = endedFromOutside(at);
    if (ended !== undefined) return { type: at.name, message: ended };
  }
  return { type: 'Error', message: error instanceof Error ? error.message : String(error) };
}

/** The failure with its subject: `subject` is added when it has none yet (a timeout, a termination). */
export function failureAbout(subject: FailureSubject, failure: Failure): Failure {
  if (failure.details?.source !== undefined || failure.details?.place !== undefined) return failure;
  const causes = failure.details?.causes ?? ([{ problem: failure.message.replace(/\.$/, '') }] as const);
  const details: FailureDetails = { ...failure.details, ...subject, causes };
  return { ...failure, message: failureMessage(details), details };
}

function detailsOf({ details }: ApplicationFailure): FailureDetails | undefined {
  const [first] = details ?? [];
  return typeof first === 'object' && first !== null && 'causes' in first
    ? (first as FailureDetails)
    : undefined;
}

/** Temporal's own texts for a termination without a reason, in a client and in a parent workflow. */
const withoutReason = new Set(['', 'Workflow execution terminated', 'Terminated']);

function endedFromOutside(error: Error): string | undefined {
  if (error instanceof TimeoutFailure)
    return error.timeoutType === 'HEARTBEAT'
      ? 'its worker stopped responding (killed, frozen or cut off). The next run tries again.'
      : `it took longer than allowed (${error.timeoutType}). The next run tries again.`;
  if (error instanceof TerminatedFailure) {
    const reason = withoutReason.has(error.message) ? '' : ` (${error.message})`;
    return `the run was terminated manually${reason}. The next run tries again.`;
  }
  if (error instanceof CancelledFailure) return 'the run was cancelled. The next run tries again.';
  return undefined;
}
