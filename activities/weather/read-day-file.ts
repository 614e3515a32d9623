import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFailure, failureTypes } from '../../model/failure.ts';
import type { Measure } from '../../model/weather.ts';
import { dayFile, measures } from '../../model/weather.ts';
import { DamagedFile } from './damaged-file.ts';
import type { Row } from './parquet.ts';

/** The file of one measure of one day of a place. */
export interface DayFile {
  readonly path: string;
  readonly place: string;
  readonly measure: Measure;
}

/** The file of a day (`2026-11-24`) below the weather folder. */
export function dayFileOf(folder: string, place: string, measure: Measure, day: string): DayFile {
  return { path: join(folder, dayFile(place, measure, day)), place, measure };
}

/** The rows of a day's file, without changing anything: none when it does not exist or is damaged. */
export async function readDayFile(file: DayFile): Promise<readonly Row[]> {
  try {
    const bytes = await readFile(file.path).catch(ifMissing);
    if (!bytes) return [];
    // `status` reads files, and where there are none it needs no Parquet reader.
    const { decode } = await import('./parquet.ts');
    return (await decode(measures[file.measure].columns, bytes)).rows;
  } catch (error) {
    if (error instanceof DamagedFile) return [];
    throw fileFailure(file, error, 'read');
  }
}

/** Nothing for the error of a missing file; throws any other. */
export function ifMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

const problems: Readonly<Record<string, { readonly problem: string; readonly advice: string }>> = {
  ENOSPC: { problem: 'the disk is full', advice: 'Free some space' },
  EDQUOT: { problem: 'the disk quota is used up', advice: 'Free some space' },
  EROFS: { problem: 'the file system is read-only', advice: 'Mount it writable for the worker' },
  EACCES: { problem: 'permission denied', advice: "Give the worker's user the right to write there" },
  EPERM: { problem: 'permission denied', advice: "Give the worker's user the right to write there" },
  ENOTDIR: { problem: 'a part of the path is a file', advice: 'Set another folder in weather.folder' },
};

/** The failure for an error of the file system; any other error as it is. */
export function fileFailure({ place, path }: DayFile, error: unknown, access: 'written' | 'read'): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  const { problem, advice } = problems[code] ?? {
    problem: `the file system reports ${code}`,
    advice: 'Check the weather folder',
  };
  return createFailure(failureTypes.cannotWrite, {
    place,
    causes: [
      {
        problem: `${path} cannot be ${access}: ${problem}`,
        advice: `${advice}; a later run fills the missing hours.`,
      },
    ],
  });
}
