import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { taskQueues } from '../../model/names.ts';
import type { Queue } from '../../model/names.ts';
import { eventually } from '../support/eventually.ts';
import { freshWarehouse } from '../support/postgres.ts';
import { nowhere } from '../support/run-command.ts';
import { openTemporal } from '../support/temporal.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { temporalFile } from '../support/worker-files.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

let temporal: TestTemporal;
let config: string;
let withPassword: string;

beforeAll(async () => {
  temporal = await openTemporal();
  const folder = await temporaryFolder('worker-settings');
  config = join(folder, 'tidehouse.yaml');
  withPassword = join(folder, 'with-password.yaml');
  await writeFile(
    config,
    `sources: { project_a: { url: postgres://reader@${nowhere}/shop } }
warehouse: { url: $WAREHOUSE_URL }
staging: ./staging
tables: { pages: {} }
`,
  );
  await writeFile(
    withPassword,
    `sources: { project_a: { url: postgres://reader:hunter2@${nowhere}/shop } }
warehouse: { url: postgres://writer@${nowhere}/analytics }
staging: ./staging
tables: all
`,
  );
}, 400_000);
afterAll(() => temporal.close());

async function firstLine(queues: readonly Queue[]): Promise<Record<string, unknown>> {
  const worker = startWorkerProcess({
    config,
    queues,
    temporal: await temporalFile(temporal),
    logLevel: 'info',
    env: { WAREHOUSE_URL: `postgres://writer:hunter2@${nowhere}/analytics` },
  });
  await eventually('it logs', () => worker.stderr().includes('\n'));
  const line = worker.stderr().split('\n')[0]!;
  expect(await worker.stop()).toBe(0);
  expect(worker.stderr()).not.toContain('hunter2');
  return JSON.parse(line) as Record<string, unknown>;
}

test('a worker first logs which config, Temporal and warehouse it uses, without secrets', async () => {
  const { address } = temporal;
  expect(await firstLine(taskQueues)).toMatchObject({
    message: `This worker uses the config ${config}; Temporal at ${address}, namespace "default"; the warehouse at ${nowhere}/analytics.`,
    config,
    address,
    namespace: 'default',
    warehouse: `${nowhere}/analytics`,
  });
});

test('a starting worker warns of a password in the config, without printing it', async () => {
  const worker = startWorkerProcess({
    config: withPassword,
    queues: ['files'],
    temporal: await temporalFile(temporal),
    logLevel: 'warn',
    env: {},
  });
  await eventually('it warns', () => worker.stderr().includes('\n'));
  await worker.stop();
  const [line] = worker.stderr().split('\n');
  expect(JSON.parse(line!)).toMatchObject({
    message: expect.stringMatching(
      /^sources\.project_a\.url in .*: the URL is written .* with its password\. Write url: \$PROJECT_A_URL, /,
    ) as string,
  });
  expect(worker.stderr()).not.toContain('hunter2');
});

test('a worker of the task queue "files" alone names no warehouse', async () => {
  const { message } = await firstLine(['files']);
  expect(message).toMatch(/^This worker uses the config .*; Temporal at .*, namespace "default"\.$/);
});

test('a worker that starts as intended logs no warning, although one of its queues has no workflows', async () => {
  const warehouse = await freshWarehouse();
  try {
    const worker = startWorkerProcess({
      config,
      temporal: await temporalFile(temporal),
      logLevel: 'info',
      env: { WAREHOUSE_URL: warehouse.url },
    });
    const linesWith = (...parts: string[]) =>
      worker
        .stderr()
        .split('\n')
        .filter((line) => parts.every((part) => line.includes(part)));
    await eventually(
      'both queues are polled',
      () => linesWith('"Worker state changed"', '"RUNNING"').length === taskQueues.length,
    );
    expect(await worker.stop()).toBe(0);
    expect(linesWith('"level":"WARN"')).toEqual([]);
  } finally {
    await warehouse.drop();
  }
});
