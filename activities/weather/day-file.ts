import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ApplicationFailure } from '@temporalio/common';
import { createFailure, failureTypes } from '../../model/failure.ts';
import { measures } from '../../model/weather.ts';
import { DamagedFile } from './damaged-file.ts';
import type { Content, Row } from './parquet.ts';
import { decode } from './parquet.ts';
import { encode } from './parquet-writer.ts';
import type { DayFile } from './read-day-file.ts';
import { fileFailure, ifMissing } from './read-day-file.ts';

/** The outcome of a change. */
export interface Written {
  /** The number of rows added. */
  readonly added: number;
  /** The name under which a damaged file, or one with more than Tidehouse reads, was kept. */
  readonly movedAside?: string;
}

/**
 * Applies `change` to the rows of a day's file. The file is replaced as a whole: a reader, even after a crash, finds either
 * the old file or the new one. Without a change nothing is written. Of two simultaneous attempts at one file at most one
 * writes, and the other throws a temporary failure. An unreadable file is kept under another name, and a new one started.
 */
export async function changeDayFile(
  file: DayFile,
  signal: AbortSignal,
  change: (rows: readonly Row[]) => readonly Row[],
): Promise<Written> {
  const { columns } = measures[file.measure];
  try {
    const before = await readForChange(file, columns);
    const rows = [...change(before.rows)].sort((a, b) => a.time - b.time);
    const written: Written = {
      added: rows.length - before.rows.length,
      ...(before.movedAside !== undefined && { movedAside: before.movedAside }),
    };
    if (!before.rewrite && sameRows(rows, before.rows)) return written;

    const bytes = await encode(columns, rows);
    signal.throwIfAborted();
    await replace(file, bytes, before.identity);
    return written;
  } catch (error) {
    throw fileFailure(file, error, 'written');
  }
}

interface Before {
  readonly rows: readonly Row[];
  /** The identity of the file that was read; undefined without a file. */
  readonly identity: string | undefined;
  /** The file has to be written even if its rows stay the same. */
  readonly rewrite: boolean;
  readonly movedAside?: string;
}

async function readForChange({ path }: DayFile, columns: readonly string[]): Promise<Before> {
  const identity = await identityOf(path);
  const bytes = await readFile(path).catch(ifMissing);
  if (!bytes) return { rows: [], identity: undefined, rewrite: false };

  let content: Content;
  try {
    content = await decode(columns, bytes);
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    return { rows: [], identity, rewrite: true, movedAside: await keepCopy(path, bytes, 'damaged') };
  }
  const { rows, leavesOut, foreign } = content;
  if (!leavesOut) return { rows, identity, rewrite: foreign };
  return { rows, identity, rewrite: foreign, movedAside: await keepCopy(path, bytes, 'kept') };
}

/**
 * Gives the file a second name, which stays when a new file takes the first name. The second name is derived from the
 * content, so it is the same in each attempt, even after a good file has taken the first name.
 */
async function keepCopy(path: string, bytes: Buffer, why: 'damaged' | 'kept'): Promise<string> {
  const name = `${basename(path)}.${why}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`;
  await link(path, join(dirname(path), name)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  return name;
}

/**
 * Replaces the file that was read with `bytes`. An attempt that was frozen for hours may wake up at any line of this
 * function, with outdated rows. The following order keeps it from undoing later writes:
 *
 * 1. Write a temporary file that belongs to this attempt.
 * 2. Remove the temporary files of all other attempts, so their rename fails.
 * 3. Check that the target is still the file that was read.
 * 4. Rename.
 *
 * Two attempts cannot both succeed: the later one either finds its temporary file removed, or sees a target that the
 * earlier one has replaced.
 */
async function replace(file: DayFile, bytes: Buffer, identity: string | undefined): Promise<void> {
  const { path } = file;
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  const mine = `${prefix}${randomBytes(6).toString('hex')}.tmp`;
  await mkdir(folder, { recursive: true });
  try {
    await writeSynced(join(folder, mine), bytes);
    for (const name of await readdir(folder))
      if (name.startsWith(prefix) && name.endsWith('.tmp') && name !== mine)
        await rm(join(folder, name), { force: true });
    if ((await identityOf(path)) !== identity) throw fileMoved(file);
    await rename(join(folder, mine), path).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? fileMoved(file) : error;
    });
  } catch (error) {
    await rm(join(folder, mine), { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename survives a power failure only once its folder is synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(ifMissing);
  return stats && [stats.dev, stats.ino, stats.size, stats.mtimeNs].join(' ');
}

function sameRows(a: readonly Row[], b: readonly Row[]): boolean {
  return a.length === b.length && a.every((row, at) => row === b[at]);
}

function fileMoved({ place, path }: DayFile): ApplicationFailure {
  const problem = `another attempt wrote ${basename(path)} at the same time`;
  return createFailure(failureTypes.fileMoved, { place, causes: [{ problem }] });
}
