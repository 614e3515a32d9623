import { NativeConnection, Worker } from '@temporalio/worker';
import { runTogether } from '../../worker/run-together.ts';
import type { Runnable } from '../../worker/run-together.ts';
import { eventually } from '../support/eventually.ts';
import { quietTemporal } from '../support/quiet-temporal.ts';
import { openTemporal } from '../support/temporal.ts';
import type { TestTemporal } from '../support/temporal.ts';

let temporal: TestTemporal;
let connection: NativeConnection;

beforeAll(async () => {
  temporal = await openTemporal();
  quietTemporal();
  connection = await NativeConnection.connect({ address: temporal.address });
}, 400_000);
afterAll(async () => {
  // A worker lets go of its connection a moment after it has stopped.
  await eventually('the connection is free', () =>
    connection.close().then(
      () => true,
      () => false,
    ),
  );
  await temporal.close();
});

const worker = (taskQueue: string) =>
  Worker.create({ connection, taskQueue, activities: { nothing: () => Promise.resolve() } });

test('when one worker fails, the others stop and its error is thrown', async () => {
  const healthy = await worker('healthy');
  const failing: Runnable = {
    run: () => Promise.reject(new Error('its poller is gone')),
    shutdown: () => undefined,
    getState: () => 'FAILED',
  };
  await expect(runTogether([healthy, failing])).rejects.toThrow('its poller is gone');
  expect(healthy.getState()).toBe('STOPPED');
});

test('nobody waits for a failed worker that never ends', async () => {
  const healthy = await worker('others');
  const stuck: Runnable = {
    run: () => new Promise(() => undefined),
    shutdown: () => undefined,
    getState: () => 'FAILED',
  };
  await expect(runTogether([healthy, stuck], 10)).rejects.toThrow('does not end on its own');
  expect(healthy.getState()).toBe('STOPPED');
});

test('workers end without an error when all are shut down', async () => {
  const workers = [await worker('one'), await worker('two')];
  const running = runTogether(workers);
  for (const each of workers) each.shutdown();
  await running;
  expect(workers.map((each) => each.getState())).toEqual(['STOPPED', 'STOPPED']);
});
