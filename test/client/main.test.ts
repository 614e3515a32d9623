import { readFileSync } from 'node:fs';
import { copyFile, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';
import type { Ended } from '../support/run-command.ts';
import { configOfNowhere, launcher, runProgram } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const packageFile = readFileSync(join(packageRoot, 'package.json'), 'utf8');
const { version } = JSON.parse(packageFile) as { version: string };

test('the launcher runs from any folder, by its path and through symbolic links', async () => {
  const folder = await temporaryFolder('launcher');
  await symlink(launcher, join(folder, 'linked'));
  await symlink('linked', join(folder, 'tidehouse'));
  for (const program of [launcher, join(folder, 'tidehouse')]) {
    expect(await run(folder, program, '--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const { code, stdout, stderr } = await run(folder, program, '--help');
    expect([code, stdout, stderr]).toEqual([0, expect.stringContaining('Usage: tidehouse'), '']);
  }
});

test('the launcher runs from the PATH', async () => {
  const folder = await temporaryFolder('launcher');
  await symlink(launcher, join(folder, 'tidehouse'));
  expect(await run('/', '/bin/sh', '-c', `PATH=${folder}:$PATH tidehouse --version`)).toMatchObject({
    stdout: `${version}\n`,
  });
});

test('without a build, the launcher ends with 2 and one sentence that says what to run', async () => {
  const checkout = await unbuilt('1.0.0');
  const { code, stdout, stderr } = await run('/', join(checkout, 'tidehouse'), 'status');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toBe(
    `Tidehouse is not built yet: run "npm ci && npm run build" in ${checkout}, or wait until the "npm start" that builds it has printed its result.\n`,
  );
});

test('without a build, --json prints one document', async () => {
  const { code, stdout, stderr } = await run(
    '/',
    join(await unbuilt('1.0.0'), 'tidehouse'),
    '--json',
    'status',
  );
  expect(code).toBe(2);
  const { error } = JSON.parse(stdout) as { error: string };
  expect(error).toContain('npm run build');
  expect(JSON.parse(stderr)).toMatchObject({ level: 'ERROR', message: error });
});

test('without its packages, a command ends with 2 and says what to run, without a stack', async () => {
  const checkout = await built('1.0.0');
  await writeFile(join(checkout, 'tidehouse.yaml'), configOfNowhere);
  const { code, stdout, stderr } = await run(checkout, join(checkout, 'tidehouse'), 'status');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(
    /^Tidehouse is not installed completely \(it lacks @temporalio\/\S+\): run "npm ci .*\n$/,
  );
});

test('npx runs the checkout it is called in, also one that it was called in before its build', async () => {
  const npm = { npm_config_cache: await temporaryFolder('npm'), npm_config_update_notifier: 'false' };
  const npx = (checkout: string) =>
    run(
      checkout,
      '/usr/bin/env',
      ...Object.entries(npm).map((pair) => pair.join('=')),
      'npx',
      'tidehouse',
      '--version',
    );
  const [one, two, late] = [await built('1.0.1'), await built('1.0.2'), await unbuilt('1.0.3')];
  expect(await npx(one)).toMatchObject({ code: 0, stdout: '1.0.1\n' });
  expect(await npx(two)).toMatchObject({ code: 0, stdout: '1.0.2\n' });
  expect(await npx(late)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not built yet') as string,
  });
  await build(late);
  expect(await npx(late)).toMatchObject({ code: 0, stdout: '1.0.3\n' });
  expect(await npx(one)).toMatchObject({ code: 0, stdout: '1.0.1\n' });
});

test('the package names the launcher as its program', () => {
  expect(JSON.parse(packageFile)).toMatchObject({ bin: { tidehouse: 'tidehouse' } });
});

/** A checkout of another version, with the launcher and without dependencies. */
async function unbuilt(version: string): Promise<string> {
  const checkout = await temporaryFolder('checkout');
  await copyFile(launcher, join(checkout, 'tidehouse'));
  const contents = { name: 'tidehouse', version, private: true, bin: { tidehouse: 'tidehouse' } };
  await writeFile(join(checkout, 'package.json'), JSON.stringify(contents));
  return checkout;
}

async function built(version: string): Promise<string> {
  const checkout = await unbuilt(version);
  await build(checkout);
  return checkout;
}

async function build(checkout: string): Promise<void> {
  await mkdir(join(checkout, 'dist'));
  await cp(join(packageRoot, 'dist', 'command'), join(checkout, 'dist', 'command'), { recursive: true });
}

function run(folder: string, program: string, ...args: string[]): Promise<Ended> {
  return runProgram(program, args, folder);
}
