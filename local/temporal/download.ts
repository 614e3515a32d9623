import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../activities/package-root.ts';

/** Starting a server is the SDK's only way to download one. */
const script = `
  const { TestWorkflowEnvironment } = require('@temporalio/testing');
  const [, version, downloadDir] = process.argv;
  const executable = { type: 'cached-download', version, downloadDir };
  TestWorkflowEnvironment.createLocal({ server: { executable } })
    .then((environment) => environment.teardown())
    .then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1); });`;

const patienceMs = 60_000;

/** Has the Temporal SDK download the CLI into `folder`, and gives its path there. */
export async function downloadBySdk(version: string, folder: string): Promise<string> {
  // In a process of its own: after a failure the SDK may never let one exit, and a slow network is given up on.
  const child = promisify(execFile)(process.execPath, ['-e', script, `v${version}`, folder], {
    cwd: packageRoot,
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  const failure = await child.then(() => undefined, sayFailure);
  // A server that cannot be started was downloaded all the same.
  const [binary] = (await readdir(folder)).filter((name) => name.endsWith(`v${version}`));
  if (binary === undefined) throw new Error(failure ?? 'it left no file');
  return join(folder, binary);
}

function sayFailure(error: unknown): string {
  const { killed, stderr, message } = error as { killed?: boolean; stderr?: string; message: string };
  if (killed) return `not done in ${patienceMs / 1000} s`;
  const line =
    (stderr?.trim() || message).split('\n').findLast((each) => /error|fail|cannot/i.test(each)) ?? message;
  return line.split(': ').slice(-2).join(': ');
}
