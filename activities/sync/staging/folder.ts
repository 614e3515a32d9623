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
 * Creates the folder of a new batch, and removes what nobody will land any more: earlier batches of the same run, and the
 * source's leftovers from interrupted runs. Staged rows are personal data, so only this user may enter the folder.
 */
export async function makeBatchFolder(
  staging: string,
  { source, batchId, path }: BatchFolder,
): Promise<void> {
  await removeStaleBatches(join(staging, source), batchId, Date.now());
  await mkdir(path, { recursive: true, mode: 0o700 }).catch(namingFolder(source, path));
}

/** Removes the folder of a batch with all its files, if it still exists. */
export async function removeBatchFolder({ path }: BatchFolder): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** More than the longest time from the extract of a batch to its landing. */
const staleAfterMs = 4 * 3_600_000;

async function removeStaleBatches(sourceFolder: string, batchId: string, now: number): Promise<void> {
  for (const name of await readdir(sourceFolder).catch(() => [])) {
    const path = join(sourceFolder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && (isEarlier(name, batchId) || now - found.mtimeMs > staleAfterMs))
      await rm(path, { recursive: true, force: true });
  }
}

/** Whether a batch was extracted before another in the same run: `<run>-<number>`, then `.<attempt>` from the second on. */
function isEarlier(one: string, other: string): boolean {
  const [earlier, later] = [one, other].map((id) => /^(.*)-(\d+)(?:\.(\d+))?$/.exec(id));
  if (!earlier || !later || earlier[1] !== later[1]) return false;
  const [number, attempt] = [2, 3].map((part) => Number(earlier[part] ?? 1) - Number(later[part] ?? 1));
  return number! < 0 || (number === 0 && attempt! < 0);
}
