import { NativeConnection, Runtime, Worker, DefaultLogger } from '@temporalio/worker';
import type { LogLevel } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { taskQueue } from '../model/run.ts';
import { bundlePath } from './bundle-path.ts';
import { configReader } from './config-reader.ts';
import { logLine } from './log-line.ts';
import { temporalConnection } from './temporal-connection.ts';

export interface WorkerOptions {
  readonly config: string;
  readonly temporalFile?: string;
  readonly logLevel: LogLevel;
}

/**
 * Runs a worker until SIGINT or SIGTERM, then lets running steps finish for half a minute and hands the rest over.
 * The config is read before anything is connected, so that a mistake in it is told at once. Throws what went wrong.
 */
export async function runWorker({ config, temporalFile, logLevel }: WorkerOptions): Promise<void> {
  const reader = configReader(config, process.env);
  await reader.read();
  Runtime.install({
    logger: new DefaultLogger(logLevel, (entry) => void process.stderr.write(`${logLine(entry)}\n`)),
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  });
  const { namespace, options } = temporalConnection(temporalFile);
  const connection = await NativeConnection.connect(options);
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      workflowBundle: { codePath: bundlePath },
      activities: createActivities({ config: reader }),
      maxConcurrentActivityTaskExecutions: 16,
      maxConcurrentWorkflowTaskExecutions: 16,
      // Temporal waits ten seconds for a heartbeat; by default the SDK would send one only every eight.
      maxHeartbeatThrottleInterval: '2 seconds',
      shutdownGraceTime: '30 seconds',
      shutdownForceTime: '40 seconds',
    });
    await worker.run();
  } finally {
    await connection.close();
  }
}
