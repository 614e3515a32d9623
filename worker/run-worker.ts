import { NativeConnection, Worker } from '@temporalio/worker';
import type { LogLevel, WorkerOptions as SdkWorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import type { ConfigReader } from '../model/config.ts';
import { filesQueue, taskQueue } from '../model/names.ts';
import type { Queue } from '../model/names.ts';
import { bundlePath } from './bundle-path.ts';
import { configReader } from './config-reader.ts';
import { deploymentOptions } from './deployment.ts';
import type { HealthServer } from './health-server.ts';
import { serveHealth } from './health-server.ts';
import { installRuntime } from './install-runtime.ts';
import { listenAddress } from './listen-address.ts';
import { readinessOf } from './readiness.ts';
import { runTogether } from './run-together.ts';
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
 * Where TIDEHOUSE_HEALTH and TIDEHOUSE_METRICS say (host:port), it serves its health and its metrics meanwhile.
 * TIDEHOUSE_DEPLOYMENT and TIDEHOUSE_BUILD_ID say which version of a Worker Deployment it is.
 * The config is read before anything is connected, so that a mistake in it is told at once. Throws what went wrong.
 */
export async function runWorker({ config, temporalFile, logLevel, queues }: WorkerOptions): Promise<void> {
  const reader = configReader(config, process.env);
  await reader.read();
  const health = listenAddress('TIDEHOUSE_HEALTH', process.env);
  const deployment = deploymentOptions(process.env);
  installRuntime(logLevel, listenAddress('TIDEHOUSE_METRICS', process.env));
  const workers: Worker[] = [];
  let connection: NativeConnection | undefined;
  let server: HealthServer | undefined;
  try {
    server = health && (await serveHealth(health, () => readinessOf(workers, connection)));
    const { namespace, options } = temporalConnection(temporalFile);
    connection = await NativeConnection.connect(options);
    const create = creators(reader, {
      connection,
      namespace,
      ...(deployment && { workerDeploymentOptions: deployment }),
    });
    workers.push(...(await Promise.all([...new Set(queues)].map((queue) => create[queue]()))));
    await runTogether(workers);
  } finally {
    server?.close();
    // It refuses while a worker stands on it that was made and never ran; what is thrown then says more.
    await connection?.close().catch(() => undefined);
  }
}

/**
 * How many steps, and how many tasks of workflows, one process runs at once. A step holds one connection at a time, to its
 * source or to the warehouse, and those on the weather's files none: this is also how many connections a process opens.
 */
const slots = { steps: 16, filesSteps: 8, workflowTasks: 16 };

/** How the worker of each task queue is made. */
function creators(
  reader: ConfigReader,
  where: Pick<SdkWorkerOptions, 'connection' | 'namespace' | 'workerDeploymentOptions'>,
): Readonly<Record<Queue, () => Promise<Worker>>> {
  const activities = createActivities({ config: reader });
  const settings = {
    ...where,
    // Temporal waits ten seconds for a heartbeat; by default the SDK would send one only every eight.
    maxHeartbeatThrottleInterval: '2 seconds',
    shutdownGraceTime: '30 seconds',
    shutdownForceTime: '40 seconds',
  } as const;
  return {
    [taskQueue]: () =>
      Worker.create({
        ...settings,
        taskQueue,
        workflowBundle: { codePath: bundlePath },
        activities,
        maxConcurrentActivityTaskExecutions: slots.steps,
        maxConcurrentWorkflowTaskExecutions: slots.workflowTasks,
      }),
    [filesQueue]: () =>
      Worker.create({
        ...settings,
        taskQueue: filesQueue,
        activities: { writeWeather: activities.writeWeather, fillHours: activities.fillHours },
        maxConcurrentActivityTaskExecutions: slots.filesSteps,
      }),
  };
}
