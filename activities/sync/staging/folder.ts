import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder of one batch: `<staging>/<source>/<batch>`. */
export function batchFolder(staging: string, source: string, batch: string): string {
  return join(staging, source, batch);
}

/** Makes the folder of a batch; staged rows are personal data, so that only this user may enter it. */
export async function makeBatchFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

export async function removeBatchFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** What a batch may take at most from its extraction to its landing. */
const orphanAgeMs = 4 * 3_600_000;

/** Removes what runs that ended half-way have left for a source. */
export async function removeOrphans(staging: string, source: string, now: number): Promise<void> {
  const folder = join(staging, source);
  for (const batch of await readdir(folder).catch(() => [])) {
    const left = await stat(join(folder, batch)).catch(() => undefined);
    if (left && now - left.mtimeMs > orphanAgeMs) await removeBatchFolder(join(folder, batch));
  }
}
