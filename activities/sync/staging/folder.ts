import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { namingFolder } from './errors.ts';

/** The folder of one batch: `<staging>/<source>/<batch id>`. */
export interface BatchFolder {
  readonly source: string;
  readonly batchId: string;
  readonly path: string;
}

/** The folder of a batch, by name; does not touch the disk. */
export function batchFolder(staging: string, source: string, batchId: string): BatchFolder {
  return { source, batchId, path: join(staging, source, batchId) };
}

/** A table's name as the start of a file name: without slashes and dots, and different for each table. */
export function fileName(table: string): string {
  return encodeURIComponent(table).replaceAll('.', '%2E').replaceAll('*', '%2A');
}

/**
 * Creates the folder of a new batch, and removes the source's leftovers from interrupted runs. Staged rows are personal
 * data, so only this user may enter the folder.
 */
export async function makeBatchFolder(
  staging: string,
  source: string,
  batchId: string,
): Promise<BatchFolder> {
  const folder = batchFolder(staging, source, batchId);
  await removeOrphans(join(staging, source), Date.now());
  await mkdir(folder.path, { recursive: true, mode: 0o700 }).catch(namingFolder(source, folder.path));
  return folder;
}

/** Removes the folder of a batch with all its files, if it still exists. */
export async function removeBatchFolder({ path }: BatchFolder): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** More than the longest time from the extract of a batch to its landing. */
const orphanAgeMs = 4 * 3_600_000;

async function removeOrphans(sourceFolder: string, now: number): Promise<void> {
  for (const name of await readdir(sourceFolder).catch(() => [])) {
    const path = join(sourceFolder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && now - found.mtimeMs > orphanAgeMs) await rm(path, { recursive: true, force: true });
  }
}
