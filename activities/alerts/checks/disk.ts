import { statfs } from 'node:fs/promises';
import type { Problem } from '../../../model/incident.ts';

/** The problem that the disk of the staging folder is nearly full: less than the part `wanted` (0 to 1) of it is free. */
export async function diskProblem(
  staging: string,
  wanted: number,
  now: number,
): Promise<Problem | undefined> {
  const disk = await statfs(staging).catch(ifMissing);
  if (!disk || disk.blocks === 0) return undefined;
  const { bavail, blocks, bsize } = disk;
  if (bavail / blocks >= wanted) return undefined;
  const free = `${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB, ${((100 * bavail) / blocks).toFixed(1)} %`;
  return {
    subject: 'disk/staging',
    kind: 'disk full',
    free,
    since: new Date(now).toISOString(),
  };
}

/** Before the first extract there is no folder. */
function ifMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
