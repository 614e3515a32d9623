import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configLabel, findConfig } from '../../../client/context/find-config.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const processes: ChildProcess[] = [];

afterAll(() => {
  for (const child of processes) child.kill();
});

test('the config of --config takes precedence over the environment and a running up', async () => {
  const checkout = await checkoutWithUp(await processCalled('tidehouse', 'up'));
  const env = { TIDEHOUSE_CONFIG: 'from-env.yaml' };
  expect(findConfig('asked.yaml', { env, folder: '/home/ann', checkout })).toEqual({
    path: '/home/ann/asked.yaml',
  });
});

test('TIDEHOUSE_CONFIG takes precedence over a running up', async () => {
  const checkout = await checkoutWithUp(await processCalled('tidehouse', 'up'));
  const env = { TIDEHOUSE_CONFIG: '/etc/tidehouse.yaml' };
  expect(findConfig(undefined, { env, folder: '/home/ann', checkout })).toEqual({
    path: '/etc/tidehouse.yaml',
  });
});

test('a running up provides its config and its Temporal', async () => {
  const checkout = await checkoutWithUp(
    await processCalled('/somewhere/dist/client/main.js', 'up', '--fresh'),
  );
  const path = join(checkout, '.tidehouse', 'tidehouse.yaml');
  const up = {
    config: path,
    temporalFile: join(checkout, '.tidehouse', 'temporal.toml'),
    temporalCli: 'temporal',
  };
  expect(findConfig(undefined, { env: {}, folder: '/home/ann', checkout })).toEqual({ path, up });
  expect(findConfig('.tidehouse/tidehouse.yaml', { env: {}, folder: checkout, checkout })).toEqual({
    path,
    up,
  });
});

test('the config and the server that a running up takes precedence over are named', async () => {
  const checkout = await checkoutWithUp(await processCalled('tidehouse', 'up'));
  const folder = await temporaryFolder('own');
  await writeFile(join(folder, 'tidehouse.yaml'), '');
  const env = { TEMPORAL_ADDRESS: '127.0.0.1:7233', TEMPORAL_NAMESPACE: '' };
  const unused = (env: Record<string, string>, folder: string) =>
    findConfig(undefined, { env, folder, checkout }).unused;
  expect(unused(env, folder)).toEqual(['./tidehouse.yaml', 'TEMPORAL_ADDRESS']);
  expect(unused({}, '/home/ann')).toBeUndefined();
  const label = configLabel(findConfig(undefined, { env, folder, checkout }));
  expect(label).toBe(`${join(checkout, '.tidehouse', 'tidehouse.yaml')}, of the running "tidehouse up"`);
  await writeFile(join(checkout, '.tidehouse', 'tidehouse.yaml'), '');
  expect(unused({}, join(checkout, '.tidehouse'))).toBeUndefined();
  expect(findConfig('tidehouse.yaml', { env, folder, checkout })).not.toHaveProperty('unused');
});

test('an up that has ended, or whose pid now belongs to another program, is ignored', async () => {
  const gone = spawn(process.execPath, ['-e', '0', 'tidehouse', 'up']);
  await once(gone, 'exit');
  for (const pid of [gone.pid!, process.pid, await processCalled('tidehouse', 'worker'), -1, 1.5]) {
    const checkout = await checkoutWithUp(pid);
    expect(findConfig(undefined, { env: {}, folder: '/home/ann', checkout })).toEqual({
      path: '/home/ann/tidehouse.yaml',
    });
  }
});

test('an incomplete up.json is ignored', async () => {
  const checkout = await checkoutWith('{"pid": 12');
  expect(findConfig(undefined, { env: {}, folder: '/home/ann', checkout })).toEqual({
    path: '/home/ann/tidehouse.yaml',
  });
});

test('the default is tidehouse.yaml in the current folder', async () => {
  const checkout = await temporaryFolder('checkout');
  const env = { TIDEHOUSE_CONFIG: '' };
  expect(findConfig(undefined, { env, folder: '/home/ann', checkout })).toEqual({
    path: '/home/ann/tidehouse.yaml',
  });
});

/** The pid of an idle process with `args` on its command line. */
async function processCalled(...args: string[]): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', ...args]);
  processes.push(child);
  await once(child, 'spawn');
  return child.pid!;
}

function checkoutWithUp(pid: number): Promise<string> {
  return checkoutWith(
    JSON.stringify({ pid, startedAt: '2026-11-24T13:21:05.000Z', webUi: 'http://127.0.0.1:8233' }),
  );
}

async function checkoutWith(note: string): Promise<string> {
  const checkout = await temporaryFolder('checkout');
  await mkdir(join(checkout, '.tidehouse'));
  await writeFile(join(checkout, '.tidehouse', 'up.json'), note);
  return checkout;
}
