import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { failureTypes } from '../../model/failure.ts';
import type { Measure } from '../../model/weather.ts';
import { measures } from '../../model/weather.ts';
import type { Content, Row } from './parquet.ts';
import { DamagedFile, decode, encode } from './parquet.ts';

/** What became of a day's file. */
export interface Written {
  /** Rows that it now has more. */
  readonly added: number;
  /** The name that a damaged file, or one with columns of somebody else's, was kept under. */
  readonly movedAside?: string;
}

/**
 * Makes `change` to the rows of a day's file. The file is replaced as a whole, so that a reader or a crash meets the old
 * or the new one; when nothing changes it is left as it is. Of two attempts at the same file at the same time at most one
 * is written, and the other throws a passing failure. A file that cannot be read is kept beside under another name, and
 * begun anew.
 */
export async function changeDayFile(
  path: string,
  measure: Measure,
  signal: AbortSignal,
  change: (rows: readonly Row[]) => readonly Row[],
): Promise<Written> {
  const { columns } = measures[measure];
  try {
    const before = await readDayFile(path, columns);
    const rows = [...change(before.rows)].sort((a, b) => a.time - b.time);
    const { movedAside } = before;
    const added = rows.length - before.rows.length;
    if (!before.upgrade && sameRows(rows, before.rows)) return { added, ...(movedAside && { movedAside }) };
    const bytes = await encode(columns, rows);
    signal.throwIfAborted();
    await replace(path, bytes, before.identity);
    return { added, ...(movedAside && { movedAside }) };
  } catch (error) {
    throw cannotWrite(path, error, 'written');
  }
}

/** The rows of a day's file, for who only looks: none when it does not exist or cannot be read. */
export async function lookAtDayFile(path: string, measure: Measure): Promise<readonly Row[]> {
  const bytes = await readFile(path)
    .catch(ifMissing)
    .catch((error: unknown) => {
      throw cannotWrite(path, error, 'read');
    });
  if (!bytes) return [];
  const content = await decode(measures[measure].columns, bytes).catch((error: unknown) => {
    if (error instanceof DamagedFile) return undefined;
    throw error;
  });
  return content?.rows ?? [];
}

interface Before {
  readonly rows: readonly Row[];
  /** Which file it was; undefined when there was none. */
  readonly identity: string | undefined;
  /** It is to be written anew whatever its rows are. */
  readonly upgrade: boolean;
  readonly movedAside?: string;
}

async function readDayFile(path: string, columns: readonly string[]): Promise<Before> {
  const identity = await identityOf(path);
  const bytes = await readFile(path).catch(ifMissing);
  if (!bytes) return { rows: [], identity: undefined, upgrade: false };
  let content: Content;
  try {
    content = await decode(columns, bytes);
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    return { rows: [], identity, upgrade: true, movedAside: await keepBeside(path, bytes, 'damaged') };
  }
  const { rows, unknownColumns, foreign } = content;
  const kept = unknownColumns.length > 0 ? await keepBeside(path, bytes, 'kept') : undefined;
  return { rows, identity, upgrade: foreign, ...(kept && { movedAside: kept }) };
}

/**
 * Gives the file a second name, which stays when the first gets another file. It is made of the content, so that it is
 * one name however often it is tried, and also when the first name has meanwhile got a file that is well.
 */
async function keepBeside(path: string, bytes: Buffer, why: 'damaged' | 'kept'): Promise<string> {
  const name = `${basename(path)}.${why}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`;
  await link(path, join(dirname(path), name)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  return name;
}

/**
 * Puts `bytes` in the place of the file that was read. An attempt that was frozen for hours may wake up at any line of
 * this, with what it read then. The order keeps it from undoing what was written since: make one's own file; remove those
 * of all others, whose rename then fails; see that the target is still the one that was read; rename. Two attempts cannot
 * both get through: the later rename either finds its file removed, or has seen the earlier one.
 */
async function replace(path: string, bytes: Buffer, identity: string | undefined): Promise<void> {
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  const mine = `${prefix}${randomBytes(6).toString('hex')}.tmp`;
  await mkdir(folder, { recursive: true });
  try {
    const file = await open(join(folder, mine), 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    for (const name of await readdir(folder))
      if (name.startsWith(prefix) && name.endsWith('.tmp') && name !== mine)
        await rm(join(folder, name), { force: true });
    if ((await identityOf(path)) !== identity) throw fileMoved(path);
    await rename(join(folder, mine), path).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? fileMoved(path) : error;
    });
  } catch (error) {
    await rm(join(folder, mine), { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** A rename outlives a power cut when its folder has been written. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(ifMissing);
  return found && [found.dev, found.ino, found.size, found.mtimeNs].join(' ');
}

function ifMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

function sameRows(a: readonly Row[], b: readonly Row[]): boolean {
  return a.length === b.length && a.every((row, at) => row === b[at]);
}

function fileMoved(path: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: failureTypes.fileMoved,
    message: `${basename(path)} was written by another attempt at the same time; it is read again.`,
  });
}

const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; make room',
  EDQUOT: 'the quota is used up; make room',
  EROFS: 'the file system is read-only; mount it so that the worker may write',
  EACCES: 'its user may not; give it the right to write there',
  EPERM: 'its user may not; give it the right to write there',
  ENOTDIR: 'a part of the path is a file; name another folder in weather.folder',
};

function cannotWrite(path: string, error: unknown, done: 'written' | 'read'): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof ApplicationFailure) return error;
  return ApplicationFailure.create({
    type: failureTypes.cannotWrite,
    message: `${path} cannot be ${done}: ${advice[code] ?? `the file system says ${code}`}; what it lacks is filled when it can.`,
  });
}
