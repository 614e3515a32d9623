import { statfs } from 'node:fs/promises';
import type { Problem } from '../../../model/incident.ts';
import type { CheckContext } from './context.ts';

/** Reports that the disk of the staging folder has less free space than the config requires. */
export async function checkDisk({
  config: { staging, alerts },
  now,
}: Pick<CheckContext, 'config' | 'now'>): Promise<Problem[]> {
  const disk = await statfs(staging).catch(ifMissing);
  if (!disk || disk.blocks === 0) return [];
  const { bavail, blocks, bsize } = disk;
  const freeShare = bavail / blocks;
  if (freeShare >= alerts.diskFree) return [];
  const since = new Date(now).toISOString();
  return [{ subject: 'disk/staging', kind: 'disk full', freeBytes: bavail * bsize, freeShare, since }];
}

/** The folder does not exist before the first extract. */
function ifMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
