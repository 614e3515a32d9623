import { ApplicationFailure } from '@temporalio/activity';
import { failureTypes } from '../../../model/failure.ts';
import { codeOf } from '../../postgres/errors.ts';

/** The failure that lets the workflow extract again: what was staged is not what lies there. */
export function batchLost(source: string, what: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: failureTypes.batchLost,
    message: `source "${source}": ${what}; it is extracted again.`,
    nonRetryable: true,
  });
}

/** `error` of the file system as a failure that says which folder, and what to do; anything else as it is. */
export function stagingFailure(source: string, folder: string, error: unknown): unknown {
  const todo = {
    ENOSPC: 'make room there',
    EDQUOT: 'raise the quota',
    EACCES: 'let this user write there',
    EROFS: 'mount it writable',
    EPERM: 'let this user write there',
    // What making a folder answers on a file system that is read only.
    ENOENT: 'see that what it lies in is there and writable',
    ENOTDIR: 'see that what it lies in is a folder',
  };
  const code = codeOf(error) ?? '';
  if (!(code in todo) || error instanceof ApplicationFailure) return error;
  return ApplicationFailure.create({
    type: failureTypes.unavailable,
    message: `source "${source}": the staging folder ${folder} cannot be written (${code}); ${todo[code as keyof typeof todo]}, or name another one under staging: in the config. Nothing was landed.`,
  });
}
