import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isRunning } from './running-process.ts';

/**
 * Runs `work` with an empty folder next to `target` that only this user can enter, and removes it afterwards. A file or
 * folder that `work` renames to `target` appears there complete or not at all. Also removes the scratch folders of killed
 * processes.
 */
export async function withScratchFolder<T>(
  target: string,
  work: (scratch: string) => Promise<T>,
): Promise<T> {
  const parent = dirname(target);
  const prefix = `.${basename(target)}-new-`;
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const owner = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (!Number.isNaN(owner) && !isRunning(owner)) await remove(join(parent, name));
  }
  const scratch = await mkdtemp(join(parent, `${prefix}${process.pid}-`));
  try {
    return await work(scratch);
  } finally {
    await remove(scratch);
  }
}

/** A child of a killed process may still be writing there; the folder is then removed next time. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}
