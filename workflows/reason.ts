import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/workflow';

/** What a failure comes down to: the name that decisions go by, and the sentence that people read. */
export interface Reason {
  readonly type: string;
  readonly message: string;
}

/**
 * The outermost sentence that a step wrote about `error`; what lies beneath it (a driver's own words) stays its cause.
 * A step or child that was never heard of again has no sentence of its own, so this says which kind of silence it was.
 */
export function reasonOf(error: unknown): Reason {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure) return { type: at.type ?? at.name, message: at.message };
    if (at instanceof TimeoutFailure)
      return {
        type: at.name,
        message:
          at.timeoutType === 'HEARTBEAT'
            ? 'its worker was not heard of any more (killed, frozen or cut off); the next run begins again from the position'
            : `it took longer than it may (${at.timeoutType}); the next run begins again from the position`,
      };
    if (at instanceof TerminatedFailure || at instanceof CancelledFailure)
      return {
        type: at.name,
        message: `it was ${at instanceof CancelledFailure ? 'cancelled' : 'terminated'} by somebody; the next run begins again from the position`,
      };
  }
  return { type: 'Error', message: error instanceof Error ? error.message : String(error) };
}
