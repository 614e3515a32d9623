import { mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Check } from './check.ts';
import { checking, failed, ok, warning } from './check.ts';

const gib = 2 ** 30;

/** Less than this does not hold many batches. */
const littleSpace = gib;

/** A folder that workers write: whether this machine could, and how much room there is. */
export async function checkFolder(what: string, folder: string): Promise<Check[]> {
  return checking(what, [], async () => {
    const there = await nearest(folder);
    try {
      const probe = await mkdtemp(join(there, '.tidehouse-doctor-'));
      await rm(probe, { recursive: true, force: true });
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? String(error);
      return [
        failed(what, `${there} cannot be written (${why}); let this user write it, or name another folder`),
      ];
    }
    const { bavail, bsize } = await statfs(there);
    const free = bavail * bsize;
    const room = `${(free / gib).toFixed(1)} GiB free in ${folder}`;
    if (free < littleSpace) return [warning(what, `only ${room}; make room`)];
    return [ok(what, there === folder ? `writable, ${room}` : `${room}, which the first run makes`)];
  });
}

/** The folder, or the one above it that exists. */
async function nearest(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  return found || dirname(folder) === folder ? folder : nearest(dirname(folder));
}
