import { Agent, get } from 'node:http';
import type { Client } from '@temporalio/client';
import { renderTable } from '../client/terminal/table.ts';
import { freePort } from '../local/process/free-port.ts';
import { syncSourceId, workflowTypes } from '../model/names.ts';
import { concurrently } from '../model/concurrently.ts';
import { createCollect } from '../page/collect/collect.ts';
import { loadPen } from '../page/draw/plot.ts';
import { render } from '../page/render/render.ts';
import { configReader } from '../worker/config-reader.ts';
import { createApplication } from './application.ts';
import { changeConfig } from './config-file.ts';
import { onDatabase, runScript } from './database.ts';
import { spreadOf } from './measured.ts';
import type { Servers } from './servers.ts';
import { sourceNames } from './servers.ts';
import { runSync } from './tidehouse.ts';
import { withBench } from './with-bench.ts';

const [sources = 100, tables = 20, days = 30, rounds = 5] = process.argv.slice(2).map(Number);
const goalMs = 500;
const readersPerSecond = 50;

/** Measures the page of a large history, and what its readers cost a sync. */
async function main(): Promise<void> {
  const port = await freePort();
  process.env['TIDEHOUSE_PAGE'] = `127.0.0.1:${port}`;
  const rows = await withBench(async ({ servers, client }) => {
    await runScript(servers.tidehouseUrl, 'page-history.sql', {
      'bench.sources': sources,
      'bench.tables': tables,
      'bench.days': days,
    });
    await onDatabase(servers.tidehouseUrl, (database) => database.query('vacuum analyze'));
    const names = Array.from({ length: sources }, (_, n) => `source_${n + 1}`);
    await changeConfig(servers.configFile, (real) => {
      const { url } = Object.values(real)[0]!;
      return {
        sources: {
          ...real,
          ...Object.fromEntries(names.map((name) => [name, { url: structuredClone(url) }])),
        },
        tables: { user_sessions: {}, events: {}, pages: {}, transactions: {} },
      };
    });
    await makeRuns(client, names);
    return [...(await measurePage(servers, client)), ...(await measureReaders(servers, client, port))];
  });
  const heading = `${sources} sources × ${tables} tables × ${days} days`;
  process.stdout.write(`${renderTable([heading, 'ms', 'ratio'], rows)}\n`);
}

/** Runs that end at once: the page lists them, whatever they did. */
async function makeRuns(client: Client, names: readonly string[]): Promise<void> {
  for (let run = 0; run < 15; run++)
    await concurrently(names, 8, async (name) => {
      const handle = await client.workflow.start(workflowTypes.syncSource, {
        taskQueue: 'nobody',
        workflowId: syncSourceId(name),
      });
      await handle.terminate();
    });
}

/** The first page, the following ones, and a query of nothing on a connection of its own. */
async function measurePage({ configFile, tidehouseUrl }: Servers, temporal: Client) {
  const reader = configReader(configFile, process.env);
  const pen = await loadPen();
  const times = { trivial: [] as number[], first: [] as number[], next: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const collect = createCollect({ reader, temporal });
    times.first.push(await timed(async () => void render(await collect(), pen, 'served')));
    times.next.push(await timed(async () => void render(await collect(), pen, 'served')));
    times.trivial.push(
      await timed(() =>
        onDatabase(tidehouseUrl, async (database) => {
          await database.query('select 1');
        }),
      ),
    );
  }
  const median = (of: readonly number[]) => spreadOf(of).median;
  const row = (title: string, ms: number) => [
    title,
    ms.toFixed(0),
    `${(ms / goalMs).toFixed(2)} of ${goalMs} ms, ${(ms / median(times.trivial)).toFixed(0)} × select 1`,
  ];
  return [row('first page', median(times.first)), row('following pages', median(times.next))];
}

/** A sync alone, and one while fifty readers a second ask the worker for the page, in turn. */
async function measureReaders(servers: Servers, client: Client, port: number) {
  const application = createApplication(servers.sources, 0.2);
  await application.seed();
  await runSync(client, servers, sourceNames);
  const times = { alone: [] as number[], read: [] as number[] };
  const agent = new Agent({ keepAlive: true });
  let answers = 0;
  for (let round = 0; round < rounds; round++) {
    await application.tenMinutes();
    times.alone.push((await runSync(client, servers, sourceNames)).wholeMs);
    await application.tenMinutes();
    const reading = setInterval(() => {
      // Not unpacked: that would be the browsers' work, on other machines.
      get({ port, agent, headers: { 'accept-encoding': 'gzip' } }, (response) =>
        response.on('end', () => answers++).resume(),
      ).on('error', () => undefined);
    }, 1_000 / readersPerSecond);
    times.read.push((await runSync(client, servers, sourceNames)).wholeMs);
    clearInterval(reading);
  }
  const [alone, read] = [spreadOf(times.alone).median, spreadOf(times.read).median];
  return [
    ['sync alone', alone.toFixed(0), ''],
    [`sync with ${readersPerSecond} readers a second`, read.toFixed(0), (read / alone).toFixed(3)],
    ['pages read meanwhile', String(answers), ''],
  ];
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

void main();
