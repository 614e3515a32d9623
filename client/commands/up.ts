import { setMaxListeners } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../activities/sync/warehouse/migrate.ts';
import { runWorkload } from '../../local/demo/workload.ts';
import { demoSources, openStack, stopStack } from '../../local/stack.ts';
import type { Stack } from '../../local/stack.ts';
import { packageRoot } from '../../activities/package-root.ts';
import { spawnServer } from '../../local/process/server-process.ts';
import type { ServerProcess } from '../../local/process/server-process.ts';
import { configReader } from '../../worker/config-reader.ts';
import { applySchedules } from '../schedules/apply.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Printer } from '../terminal/printer.ts';
import { findRunningUp } from '../context/running-up.ts';
import { stopSignal } from '../terminal/stop-signal.ts';
import { failuresOf, renderReport, reportOf } from '../run/sync-report.ts';
import type { SyncReport } from '../run/sync-report.ts';
import { startSync, startWeather } from '../run/start.ts';
import { waitFor } from '../run/wait.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import { endWorkerLeftBehind, removeUpNote, writeUpNote } from '../up/note.ts';
import { sayWhereToLook, sessionSample } from '../up/report.ts';
import { failuresOf as weatherFailures, renderWeather, weatherReport } from '../run/weather-report.ts';
import type { WeatherReport } from '../run/weather-report.ts';

export interface UpOptions {
  /** Begin with empty servers. */
  readonly fresh?: boolean;
}

/** A weather service that is away is asked again for half an hour, which nobody wants to look at. */
const weatherWaitMinutes = 0.75;

/** How often each demo host changes. */
const beatMs = 2_500;

/**
 * Everything on this machine, for real: servers, demo data that lives, worker, schedules and a first sync; then it tells
 * what landed and stays until Ctrl-C, which ends every process that it started. After a `kill -9` of any of them, or of
 * itself, the next one goes on from the same data.
 */
export async function up(printer: Printer, { fresh }: UpOptions): Promise<void> {
  const folder = join(packageRoot, '.tidehouse');
  if (findRunningUp(packageRoot))
    throw new CommandFailure(
      exitCodes.failed,
      'It is up already, started from this checkout; see: npx tidehouse status, or end it with Ctrl-C where it runs.',
    );
  const asked = stopSignal();

  await endWorkerLeftBehind(folder);
  if (fresh) {
    await stopStack(folder);
    await rm(folder, { recursive: true, force: true });
  }
  const house = await openStack(folder, printer.say);
  const living = new AbortController();
  let worker: ServerProcess | undefined;
  try {
    const note = { pid: process.pid, startedAt: new Date().toISOString(), webUi: house.temporal.uiUrl };
    writeUpNote(folder, note);
    await prepare(house, printer);
    worker = await startWorker(folder, house);
    writeUpNote(folder, { ...note, worker: worker.pid });
    const lives = liveDemo(house, AbortSignal.any([asked, living.signal]));
    if (!asked.aborted) {
      const report = await Promise.race([firstRuns(house, printer), aborted(asked)]);
      if (report) await tell(house, report, printer);
    }
    tellOfDeaths(house, worker, printer, asked);
    await aborted(asked);
    await lives;
  } finally {
    living.abort();
    printer.say('Stopping …');
    await worker?.end(10_000);
    await house.stop();
    removeUpNote(folder);
  }
}

/** The warehouse's schema, and the schedules: what can be there before a worker is. */
async function prepare(house: Stack, printer: Printer): Promise<void> {
  const reader = configReader(house.configFile, process.env);
  const config = await reader.read();
  const warehouse = new Client({ connectionString: await reader.reveal(config.warehouse.url) });
  await warehouse.connect();
  try {
    const { applied } = await migrate(warehouse);
    if (applied.length > 0)
      printer.say(`The warehouse was brought to its newest schema (${applied.length} files).`);
  } finally {
    await warehouse.end();
  }
  await withTemporal(temporalOf(house), (client) => applySchedules(client, config));
}

async function startWorker(folder: string, house: Stack): Promise<ServerProcess> {
  const command = [process.execPath, process.argv[1]!, '--config', house.configFile, 'worker'];
  return spawnServer(command, join(folder, 'worker.log'), 'SIGTERM');
}

function liveDemo(house: Stack, signal: AbortSignal): Promise<unknown> {
  // Six connections wait for it, and the pauses between the changes.
  setMaxListeners(50, signal);
  const hosts = demoSources.map((name) => ({ name, url: house.sources[name].url(name) }));
  return Promise.all(hosts.map((host) => runWorkload(host, { everyMs: beatMs, signal })));
}

interface FirstRuns {
  readonly sync: SyncReport;
  readonly weather: WeatherReport;
}

async function firstRuns(house: Stack, printer: Printer): Promise<FirstRuns> {
  printer.say('The first sync, and the weather …');
  return withTemporal(temporalOf(house), async (client) => {
    const began = performance.now();
    const seconds = () => Math.round(performance.now() - began) / 1000;
    const runs = [
      await startSync(client, undefined),
      await startWeather(client, { waitMinutes: weatherWaitMinutes }),
    ] as const;
    const [sync, weather] = await Promise.all([
      waitFor(client, runs[0], printer.say).then((ending) => {
        const report = reportOf(runs[0], ending, seconds());
        for (const failure of failuresOf(report, ending)) printer.say(failure);
        return report;
      }),
      waitFor(client, runs[1], printer.say).then((ending) => {
        const report = weatherReport(runs[1], ending, seconds());
        for (const failure of weatherFailures(report, ending)) printer.say(failure);
        return report;
      }),
    ]);
    return { sync, weather };
  });
}

async function tell(house: Stack, { sync: report, weather }: FirstRuns, printer: Printer): Promise<void> {
  const sample = await sessionSample(house);
  const files = `The weather comes from ${house.weather.from}.\n${renderWeather(weather)}`;
  const text = [renderReport(report), sample, files, sayWhereToLook(house, packageRoot)].join('\n\n');
  printer.result({ sync: report, weather, webUi: house.temporal.uiUrl, config: house.configFile }, text);
}

/** A server that dies is told of and not started again: it shows what a dead host does, and what it does not. */
function tellOfDeaths(house: Stack, worker: ServerProcess, printer: Printer, stopping: AbortSignal): void {
  const processes = {
    ...house.sources,
    warehouse: house.warehouse,
    'the Temporal server': house.temporal,
    'the worker': worker,
  };
  for (const [name, { exited, pid }] of Object.entries(processes))
    void exited.then(({ signal, code }) => {
      if (!stopping.aborted)
        printer.say(
          `${name} (process ${pid}) has ended (${signal ?? `code ${code}`}); ${
            name === 'the worker'
              ? 'no run goes on without one. To have one: npx tidehouse worker in another shell; or Ctrl-C, then start again.'
              : 'the rest goes on without it. To have it back: Ctrl-C, then start again.'
          }`,
        );
    });
}

function temporalOf(house: Stack) {
  return temporalFor({
    path: house.configFile,
    up: { config: house.configFile, temporalFile: house.temporalFile },
  });
}

/** Fulfils with nothing when `signal` aborts. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
