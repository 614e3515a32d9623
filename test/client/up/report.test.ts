import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { describeNextSteps } from '../../../client/up/report.ts';
import { openTemporal } from '../../support/temporal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { temporalBinary } from '../../../local/temporal/binary.ts';

test('the printed command of the Temporal CLI works as printed, with a CLI that is not on the PATH', async () => {
  const checkout = await temporaryFolder("ann's checkout");
  const temporal = await openTemporal();
  await temporal.client.schedule.create({
    scheduleId: 'sync',
    spec: { intervals: [{ every: '1h' }] },
    action: { type: 'startWorkflow', workflowType: 'sync', taskQueue: 'nobody' },
  });
  const binary = await temporalBinary();
  const { stdout: found } = isAbsolute(binary)
    ? { stdout: binary }
    : await promisify(execFile)('/bin/sh', ['-c', `command -v ${binary}`]);
  const cli = join(checkout, '.cache', 'the temporal');
  await mkdir(join(checkout, '.cache'));
  await symlink(found.trim(), cli);
  const temporalFile = join(checkout, 'temporal.toml');
  await writeFile(temporalFile, `[profile.default]\naddress = "${temporal.address}"\n`);

  const stack = {
    configFile: join(checkout, '.tidehouse', 'tidehouse.yaml'),
    passFile: join(checkout, '.tidehouse', 'pgpass'),
    temporalFile,
    page: 'http://127.0.0.1:9466',
    temporal: { uiUrl: '', cli },
    warehouse: { port: 5432 },
    weather: { folder: 'weather' },
  };
  const [, command] = /^Temporal CLI +(.*)$/m.exec(describeNextSteps(stack, checkout))!;
  // A narrow terminal has the same line, below its name.
  const narrow = describeNextSteps(stack, checkout, 79).split('\n');
  expect(narrow[0]).toBe('Page              http://127.0.0.1:9466');
  expect(narrow[narrow.indexOf('Temporal CLI') + 1]).toBe(`  ${command}`);
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command!], {
    cwd: checkout,
    env: { PATH: '/usr/bin:/bin', HOME: checkout },
  });
  expect(stdout).toMatch(/^\s*sync\b/m);
  await temporal.close();
});
