import { NativeConnection, Runtime, Worker, DefaultLogger } from '@temporalio/worker';
import type { LogLevel } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { filesQueue, taskQueue } from '../model/run.ts';
import type { Queue } from '../model/run.ts';
import { bundlePath } from './bundle-path.ts';
import { configReader } from './config-reader.ts';
import { logLine } from './log-line.ts';
import { temporalConnection } from './temporal-connection.ts';

export interface WorkerOptions {
  readonly config: string;
  readonly temporalFile?: string;
  readonly logLevel: LogLevel;
  /** Those to serve: `files` needs the weather folder. */
  readonly queues: readonly Queue[];
}

/**
 * Runs a worker until SIGINT or SIGTERM, then lets running steps finish for half a minute and hands the rest over.
 * The config is read before anything is connected, so that a mistake in it is told at once. Throws what went wrong.
 */
export async function runWorker({ config, temporalFile, logLevel, queues }: WorkerOptions): Promise<void> {
  const reader = configReader(config, process.env);
  await reader.read();
  Runtime.install({
    logger: new DefaultLogger(logLevel, (entry) => void process.stderr.write(`${logLine(entry)}\n`)),
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  });
  const { namespace, options } = temporalConnection(temporalFile);
  const connection = await NativeConnection.connect(options);
  const activities = createActivities({ config: reader });
  const settings = {
    connection,
    namespace,
    // Temporal waits ten seconds for a heartbeat; by default the SDK would send one only every eight.
    maxHeartbeatThrottleInterval: '2 seconds',
    shutdownGraceTime: '30 seconds',
    shutdownForceTime: '40 seconds',
  } as const;
  const create: Readonly<Record<Queue, () => Promise<Worker>>> = {
    [taskQueue]: () =>
      Worker.create({
        ...settings,
        taskQueue,
        workflowBundle: { codePath: bundlePath },
        activities,
        maxConcurrentActivityTaskExecutions: 16,
        maxConcurrentWorkflowTaskExecutions: 16,
      }),
    [filesQueue]: () =>
      Worker.create({
        ...settings,
        taskQueue: filesQueue,
        activities: { writeWeather: activities.writeWeather, fillHours: activities.fillHours },
        maxConcurrentActivityTaskExecutions: 8,
      }),
  };
  try {
    const workers = await Promise.all([...new Set(queues)].map((queue) => create[queue]()));
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await connection.close();
  }
}
