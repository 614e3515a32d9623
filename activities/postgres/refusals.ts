import { ApplicationFailure } from '@temporalio/common';
import type { Cause, FailureDetails, FailureSubject } from '../../model/failure.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import { postgresFailure } from './errors.ts';

/** Why a server was not used. */
export interface Refusal {
  readonly server: string;
  readonly way?: 'with TLS' | 'without TLS';
  readonly error: unknown;
}

/**
 * One failure with a cause for each refusal, without those that say the same: final when trying again cannot help with any of
 * them.
 */
export function failureOfAll(subject: FailureSubject, refusals: readonly Refusal[]): Error {
  const several = new Set(refusals.map(({ server }) => server)).size > 1;
  const failures = new Map<string, Error>();
  for (const { server, way, error } of refusals) {
    const twice = refusals.some(
      (other) => other.server === server && other.way !== way && String(other.error) !== String(error),
    );
    const label = [several && server, twice && way].filter(Boolean).join(' ');
    const failure = labelled(postgresFailure(subject, error), label);
    failures.set(failure.message, failure);
  }
  const [first, ...others] = [...failures.values()];
  const reported = [first!, ...others].filter((failure) => failure instanceof ApplicationFailure);
  if (others.length === 0 || reported.length === 0) return first!;
  const causes = reported.flatMap(({ details }) => (details![0] as FailureDetails).causes);
  return createFailure(
    failureTypes.unavailable,
    { ...subject, causes: causes as [Cause, ...Cause[]] },
    { final: reported.every(({ nonRetryable }) => nonRetryable) },
  );
}

/** The failure with `label` before its problem; unchanged without one. */
function labelled(failure: Error, label: string): Error {
  if (label === '' || !(failure instanceof ApplicationFailure)) return failure;
  const { causes, ...subject } = failure.details![0] as FailureDetails;
  const [first, ...others] = causes;
  return createFailure(
    failure.type!,
    { ...subject, causes: [{ ...first, problem: `${label}: ${first.problem}` }, ...others] },
    { final: failure.nonRetryable!, ...(failure.cause && { cause: failure.cause }) },
  );
}
