import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { LogLevel, WorkerOptions as SdkWorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { serverOf } from '../activities/postgres/connect.ts';
import { warehouseEndpoint } from '../activities/postgres/endpoints.ts';
import type { ConfigReader } from '../model/config.ts';
import { writtenPasswords } from '../model/written-passwords.ts';
import { filesQueue, taskQueue } from '../model/names.ts';
import type { Queue } from '../model/names.ts';
import { bundlePath } from './bundle-path.ts';
import { configReader } from './config-reader.ts';
import { deploymentOptions } from './deployment.ts';
import type { HealthServer } from './health-server.ts';
import { serveHealth } from './health-server.ts';
import { installRuntime } from './install-runtime.ts';
import { listenAddress } from './listen-address.ts';
import { openPage } from './page.ts';
import { readinessOf } from './readiness.ts';
import { runTogether } from './run-together.ts';
import { waitForSchema } from './schema-check.ts';
import { temporalConnection } from './temporal-connection.ts';
import type { TemporalConnection } from './temporal-connection.ts';
import { workerSettings } from './worker-settings.ts';
import type { PageServer } from '../page/serve.ts';

export interface WorkerOptions {
  readonly config: string;
  readonly temporalFile?: string;
  readonly logLevel: LogLevel;
  /** The task queues to serve: `files` needs the weather folder. */
  readonly queues: readonly Queue[];
}

/**
 * Runs a worker until SIGINT or SIGTERM, then gives running activities half a minute to finish and leaves the rest to other
 * workers. It first logs which config, Temporal and warehouse it uses, and which URLs in the config have a password. Before it
 * takes work, it checks the warehouse's schema, and waits while the warehouse is unavailable; a worker of the task queue `files`
 * alone does not need the warehouse. TIDEHOUSE_HEALTH, TIDEHOUSE_METRICS and TIDEHOUSE_PAGE (host:port) are where it serves its health, its metrics
 * and the page from the start; TIDEHOUSE_DEPLOYMENT and TIDEHOUSE_BUILD_ID are its version in a Worker Deployment. The
 * config is read before anything is connected, so an error in it is reported at once. Throws a ConfigError, a
 * SchemaMismatch, or the error that ended a worker.
 */
export async function runWorker({ config, temporalFile, logLevel, queues }: WorkerOptions): Promise<void> {
  const reader = configReader(config, process.env);
  const passwords = writtenPasswords(await reader.read());
  const health = await listenAddress('TIDEHOUSE_HEALTH', process.env);
  const page = await listenAddress('TIDEHOUSE_PAGE', process.env);
  const deployment = deploymentOptions(process.env);
  const temporal = temporalConnection(temporalFile);
  installRuntime(logLevel, await listenAddress('TIDEHOUSE_METRICS', process.env));
  await logSettings(config, temporal, queues.includes(taskQueue) ? reader : undefined);
  for (const { key, problem, advice } of passwords)
    Runtime.instance().logger.warn(`${key} in ${config}: ${problem}. ${advice}`);
  const workers: Worker[] = [];
  let connection: NativeConnection | undefined;
  let server: HealthServer | undefined;
  let pageServer: PageServer | undefined;
  let warehouseProblem: string | undefined;
  try {
    server = health && (await serveHealth(health, () => readinessOf(workers, connection, warehouseProblem)));
    pageServer = page && (await openPage('TIDEHOUSE_PAGE', page, reader, temporal));
    if (queues.includes(taskQueue)) {
      const checked = await checkSchema(reader, (problem) => (warehouseProblem = problem));
      if (!checked) return;
      warehouseProblem = undefined;
    }
    const { namespace, options } = temporal;
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
    pageServer?.close();
    // Closing fails while a worker uses the connection that was created and never ran; the original error is clearer.
    await connection?.close().catch(() => undefined);
  }
}

/** Logs what the worker uses, without secrets; `reader` is absent when it does not use the warehouse. */
async function logSettings(
  config: string,
  { address, namespace }: TemporalConnection,
  reader: ConfigReader | undefined,
): Promise<void> {
  const warehouse = reader && (await warehouseOf(reader));
  const uses = [
    `the config ${config}`,
    `Temporal at ${address}, namespace "${namespace}"`,
    ...(warehouse === undefined ? [] : [`the warehouse at ${warehouse}`]),
  ];
  const settings = { config, address, namespace, ...(warehouse !== undefined && { warehouse }) };
  Runtime.instance().logger.info(`This worker uses ${uses.join('; ')}.`, settings);
}

/** Where the warehouse is; `undefined` while its URL cannot be read, which the check of the schema reports. */
async function warehouseOf(reader: ConfigReader): Promise<string | undefined> {
  try {
    return serverOf(await warehouseEndpoint(reader, await reader.read()));
  } catch {
    return undefined;
  }
}

/** Waits for the schema. False when SIGINT or SIGTERM comes first: until workers run, they do not handle these signals. */
async function checkSchema(reader: ConfigReader, onProblem: (problem: string) => void): Promise<boolean> {
  const stop = new AbortController();
  const abort = () => {
    stop.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, abort);
  let logged = false;
  try {
    await waitForSchema(reader, stop.signal, (problem) => {
      onProblem(problem);
      // Logged once, because the texts of network errors vary from attempt to attempt; /readyz has the latest.
      if (!logged)
        Runtime.instance().logger.warn(`No work is taken until the warehouse is available: ${problem}`);
      logged = true;
    });
    return true;
  } catch (error) {
    if (stop.signal.aborted) return false;
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, abort);
  }
}

/** An activity that writes weather files holds no connection. */
const maxFileActivities = 8;

/** The functions that create the worker of each task queue. */
function creators(
  reader: ConfigReader,
  where: Pick<SdkWorkerOptions, 'connection' | 'namespace' | 'workerDeploymentOptions'>,
): Readonly<Record<Queue, () => Promise<Worker>>> {
  const activities = createActivities({ config: reader });
  const settings = { ...where, ...workerSettings };
  return {
    [taskQueue]: () =>
      Worker.create({
        ...settings,
        taskQueue,
        workflowBundle: { codePath: bundlePath },
        activities,
      }),
    [filesQueue]: () =>
      Worker.create({
        ...settings,
        taskQueue: filesQueue,
        activities: { writeWeather: activities.writeWeather, fillHours: activities.fillHours },
        maxConcurrentActivityTaskExecutions: maxFileActivities,
      }),
  };
}
