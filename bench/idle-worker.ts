import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTemporal } from '../local/temporal/server.ts';
import { taskQueue } from '../model/names.ts';
import { bundlePath } from '../worker/bundle-path.ts';
import { workerSettings } from '../worker/worker-settings.ts';
import type { IdleActivities } from './idle-activities.ts';

/** Runs `work` with a client of a fresh Temporal server, and a worker in this process with the settings of production. */
export async function withIdleWorker<T>(
  activities: IdleActivities,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const folder = await mkdtemp(join(tmpdir(), 'tidehouse-bench-'));
  const server = await startTemporal({ folder });
  try {
    const { address } = server;
    const native = await NativeConnection.connect({ address });
    const worker = await Worker.create({
      ...workerSettings,
      connection: native,
      taskQueue,
      workflowBundle: { codePath: bundlePath },
      activities,
    });
    const running = worker.run();
    const connection = await Connection.connect({ address });
    try {
      return await work(new Client({ connection }));
    } finally {
      worker.shutdown();
      await running;
      await connection.close();
      await native.close();
    }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
