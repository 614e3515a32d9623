import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { Context } from '@temporalio/activity';
import { temporalBinary } from '../../../local/temporal/binary.ts';
import { syncSourceId } from '../../../model/names.ts';
import { eventually } from '../../support/eventually.ts';
import { configOfNowhere, launcher } from '../../support/run-command.ts';
import { openTemporal } from '../../support/temporal.ts';
import type { TestTemporal } from '../../support/temporal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let temporal: TestTemporal;
let worker: { stop(): Promise<void> };
let folder: string;

beforeAll(async () => {
  temporal = await openTemporal();
  // A source that is slow: its extract ends only when it is cancelled.
  worker = await temporal.startWorker(
    {
      listSources: () => Promise.resolve({ names: ['project_a'], searchAttributes: [] }),
      extract: () => {
        const { cancelled, heartbeat } = Context.current();
        const beats = setInterval(heartbeat, 200);
        return cancelled.finally(() => clearInterval(beats));
      },
      recordFailure: () => Promise.resolve(),
    },
    ['tidehouse'],
  );
  folder = await temporaryFolder('interrupted');
  await writeFile(join(folder, 'tidehouse.yaml'), configOfNowhere);
}, 400_000);
afterAll(async () => {
  await worker.stop();
  await temporal.close();
});

test('an interrupted sync continues, and the command that it prints cancels it and its sources', async () => {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TEMPORAL_ADDRESS: temporal.address,
    TIDEHOUSE_CONFIG: 'tidehouse.yaml',
  };
  const command = spawn(process.execPath, [launcher, 'sync'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  command.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const source = temporal.client.workflow.getHandle(syncSourceId('project_a'));
  await eventually('the source is being synced', () =>
    source.describe().then(
      ({ raw }) => (raw.pendingActivities ?? []).length > 0,
      () => false,
    ),
  );
  command.kill('SIGINT');
  expect(await once(command, 'close')).toEqual([null, 'SIGINT']);

  const [, id, advice, cancel] = /^(sync\/manual\/\S+) continues without this command\. (.*)\n(.*)\n$/m.exec(
    said,
  )!;
  expect(advice).toMatch(/^To see what has landed: \S+\/tidehouse status\. To cancel the run:$/);
  const run = temporal.client.workflow.getHandle(id!);
  expect((await run.describe()).status.name).toBe('RUNNING');
  const binary = await temporalBinary();
  const path = isAbsolute(binary) ? `${dirname(binary)}${delimiter}${env.PATH}` : env.PATH;
  await promisify(execFile)('/bin/sh', ['-c', cancel!], { env: { ...env, PATH: path } });
  for (const each of [run, source])
    await eventually('it has ended', async () => (await each.describe()).status.name !== 'RUNNING');
  expect((await source.describe()).status.name).toBe('CANCELLED');
});
