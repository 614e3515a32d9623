import { createFailure, failureTypes } from '../../../model/failure.ts';
import { codeOf } from '../../postgres/errors.ts';

const adviceByCode: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space there',
  EDQUOT: 'Raise the quota',
  EACCES: 'Let this user write there',
  EROFS: 'Mount it writable',
  EPERM: 'Let this user write there',
  // What making a folder answers on a file system that is read only.
  ENOENT: 'Check that the folder above it exists and can be written',
  ENOTDIR: 'Check that what lies above it is a folder',
};

/**
 * Rethrows an error of the file system as a failure that says which folder and what to do, and any other error as it is.
 * For `catch`.
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
