import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageRoot } from '../../../activities/package-root.ts';
import { configOfNowhere, nowhere } from '../../support/run-command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let up: ChildProcess;
let checkout: string;

beforeAll(async () => {
  up = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', 'tidehouse', 'up']);
  await once(up, 'spawn');
  checkout = await temporaryFolder('checkout');
  for (const name of ['tidehouse', 'package.json', 'dist/command'])
    await cp(join(packageRoot, name), join(checkout, name), { recursive: true });
  await symlink(join(packageRoot, 'node_modules'), join(checkout, 'node_modules'));
  await mkdir(join(checkout, '.tidehouse'));
  const files = {
    '.tidehouse/up.json': JSON.stringify({ pid: up.pid, startedAt: '', webUi: '' }),
    '.tidehouse/tidehouse.yaml': configOfNowhere,
    '.tidehouse/temporal.toml': `[profile.default]\naddress = "${nowhere}"\n`,
    'tidehouse.yaml': configOfNowhere,
  };
  for (const [name, contents] of Object.entries(files)) await writeFile(join(checkout, name), contents);
});
afterAll(() => up.kill());

async function status(...args: string[]): Promise<string[]> {
  const child = spawn(process.execPath, [join(checkout, 'tidehouse'), ...args, 'status'], {
    cwd: checkout,
    env: { PATH: process.env.PATH, TEMPORAL_ADDRESS: nowhere },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return (await text(child.stderr)).trim().split('\n');
}

test('a command that uses a running up instead of an own config and server says so in its first line', async () => {
  expect((await status())[0]).toBe(
    'Using the config and the Temporal server of the running "tidehouse up" instead of ./tidehouse.yaml and TEMPORAL_ADDRESS. To use your own, add --config tidehouse.yaml.',
  );
  expect((await status('--config', 'tidehouse.yaml')).join()).not.toContain('the running "tidehouse up"');
});
