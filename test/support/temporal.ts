import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { startTemporal } from '../../local/temporal/server.ts';
import type { Activities } from '../../activities/index.ts';
import { filesQueue, taskQueue, taskQueues } from '../../model/names.ts';
import type { Queue } from '../../model/names.ts';
import { quietTemporal } from './quiet-temporal.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** A Temporal server for one test. */
export interface TestTemporal {
  readonly address: string;
  readonly client: Client;
  /** Starts a worker in this process, for both queues by default. Stopping it waits for the activities that run. */
  startWorker(activities: Partial<Activities>, queues?: readonly Queue[]): Promise<{ stop(): Promise<void> }>;
  close(): Promise<void>;
}

export async function openTemporal(identity = 'test'): Promise<TestTemporal> {
  const server = await startTemporal({ folder: await temporaryFolder('temporal') });
  const { address } = server;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, identity });
  return {
    address,
    client,
    async startWorker(activities, queues = taskQueues) {
      quietTemporal();
      const native = await NativeConnection.connect({ address });
      const settings = { connection: native, identity, maxHeartbeatThrottleInterval: '2 seconds' } as const;
      const files = Object.fromEntries(
        Object.entries(activities).filter(([name]) => name === 'writeWeather' || name === 'fillHours'),
      );
      const bundle = await workflowBundle();
      const create = {
        [taskQueue]: () => Worker.create({ ...settings, taskQueue, workflowBundle: bundle, activities }),
        [filesQueue]: () => Worker.create({ ...settings, taskQueue: filesQueue, activities: files }),
      };
      const workers = await Promise.all(queues.map((queue) => create[queue]()));
      const running = Promise.all(workers.map((worker) => worker.run()));
      return {
        async stop() {
          for (const worker of workers) worker.shutdown();
          await running;
          await native.close();
        },
      };
    },
    async close() {
      await connection.close();
      await server.stop();
    },
  };
}
