import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { withTemporal } from '../client/connect/temporal.ts';
import { temporalConnection } from '../worker/temporal-connection.ts';
import { createApplication } from './application.ts';
import { missingPsql, preparePsql } from './psql.ts';
import { differences, lostRows } from './compare.ts';
import type { Measured, Round } from './measured.ts';
import { prepareTidehouse, syncOnce } from './tidehouse.ts';
import { renderReport, summaryOf } from './report.ts';
import { startServers } from './servers.ts';
import type { Servers } from './servers.ts';
import { UsageError, readSizes } from './sizes.ts';
import type { Sizes } from './sizes.ts';
import { startWorker } from './worker-process.ts';

const idleRounds = 5;

const print = (line: string) => void process.stderr.write(`${line}\n`);

/** Measures Tidehouse and hand-written psql side by side; see README.md. Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const missing = await missingPsql();
  if (missing !== undefined) {
    print(missing);
    return 2;
  }
  const sizes = readSizes(args);
  const folder = await mkdtemp(join(tmpdir(), 'tidehouse-bench-'));
  let servers: Servers | undefined;
  try {
    const started = await startServers(folder, print);
    servers = started;
    const measured = await Promise.race([
      withTemporal(temporalConnection(started.temporalFile), (client) =>
        measure(sizes, folder, started, client),
      ),
      interrupted(),
    ]);
    process.stdout.write(`${renderReport(measured)}\n\n${JSON.stringify(summaryOf(measured))}\n`);
    return measured.differences.length > 0 ? 1 : 0;
  } finally {
    await servers?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function measure(sizes: Sizes, folder: string, servers: Servers, client: Client): Promise<Measured> {
  const { sources, tidehouseUrl, psqlUrl } = servers;
  const application = createApplication(sources, sizes.scale);
  print('Seeding the sources …');
  await application.seed();
  await prepareTidehouse(servers);
  const psql = await preparePsql(folder, servers);
  const worker = await startWorker(folder, servers, client);
  try {
    const runRound = async (tidehouseFirst: boolean): Promise<Round> => {
      const first = tidehouseFirst ? await syncOnce(client) : undefined;
      const loadMs = await psql.load();
      return { tidehouse: first ?? (await syncOnce(client)), loadMs, viewsMs: await psql.refreshViews() };
    };

    print('The first load …');
    const first = {
      tidehouse: await syncOnce(client),
      loadMs: await psql.load(),
      viewsMs: await psql.createViews(),
    };
    const memoryAfterFirst = worker.peakMemory();

    print(`${sizes.rounds} rounds of ten minutes …`);
    const rounds: Round[] = [];
    while (rounds.length < sizes.rounds) {
      await application.tenMinutes();
      rounds.push(await runRound(rounds.length % 2 === 0));
    }
    const idle: Round[] = [];
    while (idle.length < idleRounds) idle.push(await runRound(idle.length % 2 === 0));

    print('Comparing …');
    return {
      sizes,
      first,
      rounds,
      idle,
      memory: { afterFirst: memoryAfterFirst, atEnd: worker.peakMemory() },
      differences: await differences(sources, tidehouseUrl),
      lostByPsql: await lostRows(sources, psqlUrl),
    };
  } finally {
    await worker.stop();
  }
}

/** Rejects on the first signal that asks this process to exit, so all servers are stopped on the way out. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => reject(new Error('Interrupted; all servers were stopped.')));
  });
}

void main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    print(
      error instanceof UsageError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? '')
          : String(error),
    );
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
