import { createApplication } from './application.ts';
import { missingPsql, preparePsql } from './psql.ts';
import { differences, lostRows } from './compare.ts';
import { onDatabase } from './database.ts';
import type { Measured, Round } from './measured.ts';
import { runSync } from './tidehouse.ts';
import { renderReport, summaryOf } from './report.ts';
import { UsageError, readSizes } from './sizes.ts';
import type { Sizes } from './sizes.ts';
import type { Bench } from './with-bench.ts';
import { withBench } from './with-bench.ts';

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
  const measured = await withBench((bench) => measure(sizes, bench));
  process.stdout.write(`${renderReport(measured)}\n\n${JSON.stringify(summaryOf(measured))}\n`);
  return measured.differences.length > 0 ? 1 : 0;
}

async function measure(sizes: Sizes, { folder, servers, client, worker }: Bench): Promise<Measured> {
  const { sources, tidehouseUrl, psqlUrl } = servers;
  const application = createApplication(sources, sizes.scale);
  print('Seeding the sources …');
  await application.seed();
  const psql = await preparePsql(folder, servers);
  const runRound = async (tidehouseFirst: boolean): Promise<Round> => {
    const first = tidehouseFirst ? await runSync(client, servers) : undefined;
    const loadMs = await psql.load();
    const viewsMs = await psql.refreshViews();
    return { tidehouse: first ?? (await runSync(client, servers)), loadMs, viewsMs };
  };

  print('The first load …');
  const first = {
    tidehouse: await runSync(client, servers),
    loadMs: await psql.load(),
    viewsMs: await psql.createViews(),
  };
  const memoryAfterFirst = worker.peakMemory();
  // As autovacuum will have done by the time of the second sync: statistics of full tables, and of those that are empty
  // between two syncs.
  for (const url of [tidehouseUrl, psqlUrl])
    await onDatabase(url, (database) => database.query('vacuum analyze'));

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
