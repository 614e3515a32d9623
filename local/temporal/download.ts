import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';
import type { DownloadReport } from './download-process.ts';

const timeoutMs = 60_000;

/** Compiled code even when this file runs from its source under jest, because Node cannot run TypeScript. */
const downloadProgram = join(packageRoot, 'dist', 'local', 'temporal', 'download-process.js');

/** Has the Temporal SDK download the CLI into `folder`, and returns its path. Throws when the download fails. */
export async function downloadBySdk(version: string, folder: string): Promise<string> {
  const error = await download(`v${version}`, folder);
  // The SDK also fails when the downloaded server does not start, although the download is then complete.
  const [binary] = (await readdir(folder)).filter((name) => name.endsWith(`v${version}`));
  if (binary === undefined) throw new Error(error ?? 'it left no file');
  return join(folder, binary);
}

/** Runs the download in a separate process, because after a failure the SDK may keep a process from exiting. */
async function download(version: string, folder: string): Promise<string | undefined> {
  if (!existsSync(downloadProgram)) return `${downloadProgram} does not exist; run "npm run build" first`;
  const child = spawn(process.execPath, [downloadProgram, version, folder], {
    cwd: packageRoot,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<string | undefined>((resolve) => {
      timer = setTimeout(() => resolve(`not finished in ${timeoutMs / 1000} s`), timeoutMs);
      child.once('error', (error) => resolve(error.message));
      child.once('close', () => resolve('its process crashed'));
      child.once('message', ({ error }: DownloadReport) => resolve(error && reasonOf(error)));
    });
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}

/** The last two parts of the SDK's chain of errors: the reason and its subject. */
function reasonOf(error: string): string {
  const line = error.split('\n').findLast((each) => /error|fail|cannot/i.test(each)) ?? error;
  return line.split(': ').slice(-2).join(': ');
}
