import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { withTemporal } from '../client/connect/temporal.ts';
import { temporalConnection } from '../worker/temporal-connection.ts';
import type { Servers } from './servers.ts';
import { startServers } from './servers.ts';
import { prepareTidehouse } from './tidehouse.ts';
import type { WorkerProcess } from './worker-process.ts';
import { startWorker } from './worker-process.ts';

export interface Bench {
  readonly folder: string;
  readonly servers: Servers;
  readonly client: Client;
  readonly worker: WorkerProcess;
}

/**
 * Runs `work` with servers, a migrated warehouse and a worker of its own, and stops all of them afterwards, also on a
 * signal.
 */
export async function withBench<T>(work: (bench: Bench) => Promise<T>): Promise<T> {
  const print = (line: string) => void process.stderr.write(`${line}\n`);
  const folder = await mkdtemp(join(tmpdir(), 'tidehouse-bench-'));
  let servers: Servers | undefined;
  try {
    const started = (servers = await startServers(folder, print));
    await prepareTidehouse(started);
    return await Promise.race([
      withTemporal(temporalConnection(started.temporalFile), async (client) => {
        const worker = await startWorker(folder, started, client);
        try {
          return await work({ folder, servers: started, client, worker });
        } finally {
          await worker.stop();
        }
      }),
      interrupted(),
    ]);
  } finally {
    await servers?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Rejects on the first signal that asks this process to exit, so all servers are stopped on the way out. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => reject(new Error('Interrupted; all servers were stopped.')));
  });
}
