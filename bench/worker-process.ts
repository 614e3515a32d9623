import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { packageRoot } from '../activities/package-root.ts';
import { poll } from '../local/process/poll.ts';
import { spawnServer } from '../local/process/server-process.ts';
import { taskQueue } from '../model/names.ts';
import { processSettings } from '../worker/process-settings.ts';
import type { Servers } from './servers.ts';

/** A worker in a separate process, started as in production. */
export interface WorkerProcess {
  /** The peak memory so far, in MB; undefined if the system does not report it. */
  peakMemory(): number | undefined;
  stop(): Promise<void>;
}

/** Starts a worker and waits until it polls for activities, so its startup time is not measured. */
export async function startWorker(
  folder: string,
  { configFile, temporalFile }: Servers,
  client: Client,
): Promise<WorkerProcess> {
  // Settings in the caller's environment are meant for another Temporal server.
  for (const name of Object.keys(process.env))
    if (name.startsWith('TEMPORAL_') && name !== 'TEMPORAL_CLI_PATH')
      Reflect.deleteProperty(process.env, name);
  process.env['TEMPORAL_CONFIG_FILE'] = temporalFile;
  const { nodeFlags, env } = processSettings;
  const main = join(packageRoot, 'tidehouse');
  const server = await spawnServer(
    [process.execPath, ...nodeFlags, main, '--config', configFile, 'worker', '--log-level', 'warn'],
    join(folder, 'worker.log'),
    'SIGTERM',
    env,
  );
  const stop = () => server.end(15_000);
  const polls = await poll(async () => server.exit() !== undefined || (await isPolled(client)), 60_000, 100);
  if (polls !== true || server.exit()) {
    await stop();
    throw new Error(`The worker does not start: ${server.output().trim().split('\n').at(-1) ?? ''}`);
  }
  return { peakMemory: () => peakMemory(server.pid), stop };
}

/** Whether a worker polls for activities, the last part of its startup. */
async function isPolled(client: Client): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    // The value for activity tasks; the package with the enum is not a direct dependency.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
    taskQueueType: 2,
  });
  return pollers.length > 0;
}

function peakMemory(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
  } catch {
    return undefined;
  }
}
