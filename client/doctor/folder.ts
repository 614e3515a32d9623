import { mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatBytes } from '../../model/bytes.ts';
import type { Check } from './check.ts';
import { checking, failed, ok, warning } from './check.ts';

/** Less free space than this is enough for only a few batches. */
const minFreeBytes = 2 ** 30;

/** Checks that this machine can write to a folder, and that it has enough free space. */
export async function checkFolder(subject: string, folder: string): Promise<Check[]> {
  return checking(subject, async () => {
    const existing = await nearestExisting(folder);
    try {
      const probe = await mkdtemp(join(existing, '.tidehouse-doctor-'));
      await rm(probe, { recursive: true, force: true });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      return [
        failed(
          subject,
          `${existing} cannot be written (${code})`,
          'Give this user write permission, or configure another folder.',
        ),
      ];
    }
    const { bavail, bsize } = await statfs(existing);
    const free = bavail * bsize;
    const space = `${formatBytes(free)} free in ${folder}`;
    if (free < minFreeBytes) return [warning(subject, `only ${space}`, 'Free some space.')];
    return [ok(subject, existing === folder ? `writable, ${space}` : `${space}; the first run creates it`)];
  });
}

/** The folder itself, or the closest parent folder that exists. */
async function nearestExisting(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  return found || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}
