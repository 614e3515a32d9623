import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { postgresBinaries } from './binaries.ts';
import { withScratchFolder } from '../process/scratch-folder.ts';
import { unprivileged } from './unprivileged.ts';

/** Whether `folder` is a Postgres data directory. */
export function holdsCluster(folder: string): boolean {
  return existsSync(join(folder, 'PG_VERSION'));
}

/**
 * Initializes `folder` as the data directory of a Postgres server with the superuser `postgres` and `password`; does nothing
 * when it is one already. The folder appears complete or not at all, even if this process is killed or another one does the
 * same at the same time.
 */
export async function initPostgres(folder: string, { password }: { password: string }): Promise<void> {
  const target = resolve(folder);
  if (holdsCluster(target)) return;
  const command = [...(await unprivileged()), (await postgresBinaries()).initdb];
  await withScratchFolder(target, async (scratch) => {
    const data = join(scratch, 'data');
    const passwordFile = join(scratch, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    await run([
      ...command,
      `--pgdata=${data}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]);
    try {
      await rename(data, target);
    } catch (error) {
      if (holdsCluster(target)) return;
      throw new Error(
        `The Postgres data directory ${target} cannot be created (${(error as Error).message}); empty that folder or choose another.`,
        { cause: error },
      );
    }
  });
}

async function run([program, ...args]: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(program!, args, { env: { ...process.env, LC_ALL: 'C' } });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`initdb failed: ${(stderr?.trim() || message).replaceAll(/\s*\n\s*/g, ' ')}`, {
      cause: error,
    });
  }
}
