import { setMaxListeners } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { packageRoot } from '../../activities/package-root.ts';
import { migrate } from '../../activities/sync/warehouse/migrate/migrate.ts';
import { runWorkload } from '../../local/demo/workload.ts';
import { demoSources, openStack, stopStack } from '../../local/stack.ts';
import type { PostgresName, Stack } from '../../local/stack.ts';
import { spawnServer } from '../../local/process/server-process.ts';
import type { ServerProcess } from '../../local/process/server-process.ts';
import { formatCount } from '../../model/number.ts';
import { configReader } from '../../worker/config-reader.ts';
import { temporalConnection } from '../../worker/temporal-connection.ts';
import { withTemporal } from '../connect/temporal.ts';
import { findRunningUp } from '../context/running-up.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { elapsedSeconds } from '../run/elapsed.ts';
import { startSync, startWeather } from '../run/start.ts';
import { renderSync, syncFailures, syncReport } from '../run/sync-report.ts';
import { openPage } from '../../worker/page.ts';
import type { PageServer } from '../../page/serve.ts';
import { processSettings } from '../../worker/process-settings.ts';
import { readTableOutcomes } from '../run/table-outcomes.ts';
import type { SyncReport } from '../run/sync-report.ts';
import { waitFor } from '../run/wait.ts';
import { renderWeather, weatherFailures, weatherReport } from '../run/weather-report.ts';
import type { WeatherReport } from '../run/weather-report.ts';
import { applySchedules } from '../schedules/apply.ts';
import { missingSentence, registerSearchAttributes } from '../schedules/search-attributes.ts';
import type { Printer } from '../terminal/printer.ts';
import { stopSignal } from '../terminal/stop-signal.ts';
import { keepRunning } from './keep-running.ts';
import { endOrphanedWorker, removeUpNote, writeUpNote } from './note.ts';
import { describeNextSteps, sessionSample } from './report.ts';

/** A run retries an unreachable weather service for half an hour; the first start does not wait that long. */
const weatherWaitMinutes = 0.75;

/** The time between two changes of a demo source. */
const changeEveryMs = 2_500;

/**
 * Runs everything on this machine: servers, changing demo data, a worker, the schedules and a first sync. Then prints what
 * landed and runs until Ctrl-C, which ends every process that it has started. After a `kill -9` of any of them, or of `up`
 * itself, the next `up` continues with the same data. With `fresh` it starts with empty servers.
 */
export async function up(printer: Printer, { fresh }: { readonly fresh: boolean }): Promise<void> {
  const folder = join(packageRoot, '.tidehouse');
  if (findRunningUp(packageRoot))
    throw new CommandFailure(
      exitCodes.failed,
      '"tidehouse up" is already running from this checkout. To see its status: ./tidehouse status. To end it, press Ctrl-C where it runs.',
    );
  const stop = stopSignal();

  await endOrphanedWorker(folder);
  if (fresh) {
    await stopStack(folder);
    await rm(folder, { recursive: true, force: true });
  }
  const stack = await openStack(folder, printer.log);
  const demoEnd = new AbortController();
  let worker: ServerProcess | undefined;
  let page: PageServer | undefined;
  try {
    const note = {
      pid: process.pid,
      startedAt: new Date().toISOString(),
      webUi: stack.temporal.uiUrl,
      temporalCli: stack.temporal.cli,
    };
    writeUpNote(folder, note);
    await prepare(stack, printer);
    page = await servePage(stack);
    printer.log(`The page is at ${page.url}`);
    worker = await startWorker(folder, stack);
    writeUpNote(folder, { ...note, worker: worker.pid });
    const demo = changeSources(stack, AbortSignal.any([stop, demoEnd.signal]));
    if (!stop.aborted) {
      const runs = await Promise.race([firstRuns(stack, printer), aborted(stop)]);
      if (runs) await printFirstRuns(stack, runs, page.url, printer);
    }
    watchProcesses(stack, worker, printer, stop);
    await aborted(stop);
    await demo;
  } finally {
    demoEnd.abort();
    printer.log('Stopping …');
    page?.close();
    await worker?.end(10_000);
    await stack.stop();
    removeUpNote(folder);
  }
}

/** Migrates the warehouse and applies the schedules, which does not need a worker yet. */
async function prepare(stack: Stack, printer: Printer): Promise<void> {
  const reader = configReader(stack.configFile, process.env);
  const config = await reader.read();
  const warehouse = new Client({ connectionString: await reader.reveal(config.warehouse.url) });
  await warehouse.connect();
  try {
    const { applied } = await migrate(warehouse, config.analytics);
    if (applied.length > 0)
      printer.log(`Migrated the warehouse (${formatCount(applied.length, 'file')} applied).`);
  } finally {
    await warehouse.end();
  }
  await withTemporal(temporalConnection(stack.temporalFile), async (client) => {
    const problem = missingSentence(await registerSearchAttributes(client));
    if (problem !== undefined) printer.log(problem);
    await applySchedules(client, config);
  });
}

/** Serves the page from this process, so that it is there without a worker too. */
function servePage(stack: Stack): Promise<PageServer> {
  const address = { host: '127.0.0.1', port: stack.pagePort };
  const reader = configReader(stack.configFile, process.env);
  return openPage('the port of the page', address, reader, temporalConnection(stack.temporalFile));
}

async function startWorker(folder: string, stack: Stack): Promise<ServerProcess> {
  const { nodeFlags, env } = processSettings;
  const command = [process.execPath, ...nodeFlags, process.argv[1]!, '--config', stack.configFile, 'worker'];
  return spawnServer(command, join(folder, 'worker.log'), 'SIGTERM', env);
}

function changeSources(stack: Stack, signal: AbortSignal): Promise<unknown> {
  // The listeners are six connections per source and the pauses between changes.
  setMaxListeners(50, signal);
  const sources = demoSources.map((name) => ({ name, url: stack.sources[name].url(name) }));
  return Promise.all(sources.map((source) => runWorkload(source, { everyMs: changeEveryMs, signal })));
}

interface FirstRuns {
  readonly sync: SyncReport;
  readonly weather: WeatherReport;
}

async function firstRuns(stack: Stack, printer: Printer): Promise<FirstRuns> {
  printer.log('Running a sync and a weather observation …');
  return withTemporal(temporalConnection(stack.temporalFile), async (client) => {
    const began = performance.now();
    const syncRun = await startSync(client, undefined);
    const weatherRun = await startWeather(client, { waitMinutes: weatherWaitMinutes });
    const [sync, weather] = await Promise.all([
      waitFor(client, syncRun, printer.log).then(async (ending) => {
        const seconds = elapsedSeconds(began);
        const tables = await readTableOutcomes(client, ending.result?.sources ?? {}, printer.log);
        const report = syncReport(syncRun, ending, seconds, tables);
        for (const failure of syncFailures(report, ending)) printer.log(failure);
        return report;
      }),
      waitFor(client, weatherRun, printer.log).then((ending) => {
        const report = weatherReport(weatherRun, ending, elapsedSeconds(began));
        for (const failure of weatherFailures(report, ending)) printer.log(failure);
        return report;
      }),
    ]);
    return { sync, weather };
  });
}

async function printFirstRuns(
  stack: Stack,
  { sync, weather }: FirstRuns,
  page: string,
  printer: Printer,
): Promise<void> {
  const sample = await sessionSample(stack);
  const observed = `The weather comes from ${stack.weather.from}\n${renderWeather(weather)}`;
  const text = [renderSync(sync), sample, observed, describeNextSteps({ ...stack, page }, packageRoot)].join(
    '\n\n',
  );
  printer.result({ sync, weather, page, webUi: stack.temporal.uiUrl, config: stack.configFile }, text);
}

/** Starts each Postgres server again that dies, and reports the death of Temporal and of the worker. */
function watchProcesses(stack: Stack, worker: ServerProcess, printer: Printer, stop: AbortSignal): void {
  const servers = { ...stack.sources, warehouse: stack.warehouse };
  for (const [name, { exited, pid }] of Object.entries({ 'Temporal server': stack.temporal, worker }))
    void exited.then(({ signal, code }) => {
      if (!stop.aborted)
        printer.log(
          `${name} (process ${pid}) has ended (${signal ?? `code ${code}`}). ${
            name === 'worker'
              ? 'Runs wait for a worker. To start one, press Ctrl-C and start again, or in another shell: ./tidehouse worker'
              : 'Everything else goes on. To restart it, press Ctrl-C and start again.'
          }`,
        );
    });
  for (const [name, server] of Object.entries(servers))
    void keepRunning({ name, server, restart: () => stack.restart(name as PostgresName) }, printer.log, stop);
}

/** Resolves when `signal` aborts. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
