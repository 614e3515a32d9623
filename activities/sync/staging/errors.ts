import { createFailure, failureTypes } from '../../../model/failure.ts';
import { codeOf } from '../../postgres/errors.ts';

const adviceByCode: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space there',
  EDQUOT: 'Raise the quota',
  EACCES: "Give the worker's user write permission there",
  EROFS: 'Mount it writable',
  EPERM: "Give the worker's user write permission there",
  // The result of creating a folder on a read-only file system.
  ENOENT: 'Check that the parent folder exists and can be written',
  ENOTDIR: 'Check that its parent is a folder',
};

/**
 * A handler for `catch` that rethrows a file system error as a failure with the folder and advice, and any other error
 * unchanged.
 */
export const namingFolder =
  (source: string, folder: string) =>
  (error: unknown): never => {
    const code = codeOf(error) ?? '';
    const advice = adviceByCode[code];
    if (advice === undefined) throw error;
    throw createFailure(failureTypes.unavailable, {
      source,
      causes: [
        {
          problem: `the staging folder ${folder} cannot be written (${code})`,
          advice: `${advice}, or set another folder under "staging" in the config. Nothing was landed.`,
        },
      ],
    });
  };
