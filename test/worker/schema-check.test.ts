import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startSync } from '../../client/run/start.ts';
import { freePorts } from '../../local/process/free-port.ts';
import { eventually } from '../support/eventually.ts';
import { openStar } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { openTemporal } from '../support/temporal.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { temporalFile, workerFiles } from '../support/worker-files.ts';
import type { WorkerProcess } from '../support/worker-process.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

let star: Star;
let temporal: TestTemporal;
/** A server that closes every connection, and counts them. */
const silent = { port: 0, connections: 0, close: (): void => undefined };

beforeAll(async () => {
  [star, temporal] = await Promise.all([openStar(), openTemporal()]);
  const server = createServer((socket) => {
    silent.connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  silent.port = (server.address() as AddressInfo).port;
  silent.close = () => void server.close();
}, 400_000);
afterAll(async () => {
  silent.close();
  await temporal.close();
  await star.close();
});

const running: WorkerProcess[] = [];
function startWorker(given: Parameters<typeof startWorkerProcess>[0]): WorkerProcess {
  running.push(startWorkerProcess(given));
  return running.at(-1)!;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
});

/** A config whose warehouse URL is in the file `secret`, at first that of a server that hangs up. Each attempt rereads it. */
async function filesWithSecret(): Promise<{ config: string; temporal: string; secret: string }> {
  const folder = await temporaryFolder('schema-check');
  const [config, secret] = [join(folder, 'tidehouse.yaml'), join(folder, 'warehouse-url')];
  await writeFile(secret, `postgres://writer:hunter2@127.0.0.1:${silent.port}/analytics`);
  await writeFile(
    config,
    JSON.stringify({
      sources: { project_a: { url: star.hosts['project_a'] } },
      warehouse: { url: { file: secret } },
      staging: star.staging,
      tables: { pages: {} },
    }),
  );
  return { config, secret, temporal: await temporalFile(temporal) };
}

async function readyz(port: number): Promise<{ code: number; reason?: string }> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    const { reason } = (await answer.json()) as { reason?: string };
    return { code: answer.status, ...(reason !== undefined && { reason }) };
  } catch {
    return { code: 0 };
  }
}

test.each([
  [
    'older',
    `delete from ops.migration where name = 'warehouse/0005-failing-since.sql'`,
    "The warehouse's schema is older than this worker (warehouse/0005-failing-since.sql is not applied). Run: tidehouse migrate\n",
  ],
  [
    'newer',
    `insert into ops.migration (name, sha256) values ('warehouse/9999-later.sql', '')`,
    "The warehouse's schema is newer than this version of Tidehouse (it has 9999-later.sql): run the version that migrated it.\n",
  ],
  [
    'not complete',
    `drop view analytics.session_analytics`,
    "The warehouse's schema is not complete (the view analytics.session_analytics is missing). Run: tidehouse migrate\n",
  ],
])('with a schema that is %s, a worker reports that and exits with 2', async (_, change, said) => {
  const other = await openStar();
  await other.warehouse.query(change);
  const files = await workerFiles(other, temporal);
  const worker = startWorker(files);
  const callable = said.replace('Run: tidehouse', `Run: tidehouse --config ${files.config}`);
  expect([await worker.ended, worker.stderr()]).toEqual([2, callable]);
  await other.close();
});

test('while the warehouse cannot be reached, a worker waits, logs that once and is not ready; then it takes work', async () => {
  const { secret, ...files } = await filesWithSecret();
  const { health } = await freePorts({ health: undefined });
  const worker = startWorker({
    ...files,
    logLevel: 'warn',
    env: { TIDEHOUSE_HEALTH: `127.0.0.1:${health}` },
  });
  const { code, reason } = await eventually('the reason is known', async () => {
    const answer = await readyz(health);
    return answer.reason?.includes('warehouse') && answer;
  });
  expect([code, reason]).toEqual([503, expect.stringMatching(/^the warehouse: /)]);
  const before = silent.connections;
  await eventually('two more attempts are made', () => silent.connections >= before + 2);

  await writeFile(secret, star.warehouseUrl);
  await eventually('the worker is ready', async () => (await readyz(health)).code === 200, 60_000);
  await (await startSync(temporal.client, undefined)).result();
  const warnings = worker.stderr().match(/No work is taken until the warehouse is available/g);
  expect(warnings).toHaveLength(1);
  expect(worker.stderr()).not.toContain('hunter2');
  expect(await worker.stop()).toBe(0);
});

test('a worker that waits for the warehouse exits with 0 at SIGTERM', async () => {
  const worker = startWorker({ ...(await filesWithSecret()), logLevel: 'warn' });
  await eventually('it waits', () => worker.stderr().includes('No work is taken'));
  expect(await worker.stop()).toBe(0);
});

test('a worker of the task queue "files" alone does not need a warehouse', async () => {
  const { health } = await freePorts({ health: undefined });
  const worker = startWorker({
    ...(await filesWithSecret()),
    queues: ['files'],
    env: { TIDEHOUSE_HEALTH: `127.0.0.1:${health}` },
  });
  await eventually('the worker is ready', async () => (await readyz(health)).code === 200);
  expect(await worker.stop()).toBe(0);
});
