import { WorkflowFailedError } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createActivities } from '../../activities/index.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import type { FailureDetails } from '../../model/failure.ts';
import { failureTypes } from '../../model/failure.ts';
import { localDay } from '../../model/local-hour.ts';
import { taskQueue, weatherPlaceId, workflowTypes } from '../../model/names.ts';
import type { WeatherInput, WeatherResult } from '../../model/runs.ts';
import type { WeatherConfig } from '../../model/weather.ts';
import { dayFile, measureNames } from '../../model/weather.ts';
import type { weather } from '../../workflows/index.ts';
import { historyOf, scheduled, textOf } from '../support/history.ts';
import { logLine } from '../../worker/log-line.ts';
import { quietTemporal } from '../support/quiet-temporal.ts';
import { openTemporal } from '../support/temporal.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { key, minsk, warsaw, weatherConfig } from '../support/weather-config.ts';
import { filesBelow, stampsOf, timesOf } from '../support/weather-files.ts';
import { startWeatherServer } from '../support/weather-server.ts';
import type { WeatherRequest, WeatherServer } from '../support/weather-server.ts';

let server: WeatherServer;
let temporal: TestTemporal;
let worker: { stop(): Promise<void> };
let folder: string;
/** Changes to the usual config. */
let change: Partial<WeatherConfig>;
const logged: string[] = [];
/** The same entries, as lines of the worker's log. */
const lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  quietTemporal((entry) => {
    logged.push(inspect(entry, { depth: 20 }));
    lines.push(JSON.parse(logLine(entry)) as Record<string, unknown>);
  });
  server = await startWeatherServer();
  const now = () => weatherConfig(server.url, folder, { places: [minsk, warsaw], ...change });
  const activities = createActivities({
    config: { read: () => now().read(), reveal: (secret) => now().reveal(secret) },
    timeouts: { ...defaultTimeouts, requestMs: 5_000 },
  });
  temporal = await openTemporal();
  worker = await temporal.startWorker(activities);
}, 400_000);
afterAll(async () => {
  await worker.stop();
  await temporal.close();
  await server.stop();
});
beforeEach(async () => {
  folder = await temporaryFolder('weather');
  change = {};
  server.answers = () => 'weather';
  server.requests.length = 0;
});

let serial = 0;
const start = (input: Partial<WeatherInput>) =>
  temporal.client.workflow.start<typeof weather>(workflowTypes.weather, {
    taskQueue,
    workflowId: `weather-run/${++serial}`,
    args: [{ waitMinutes: 1, ...input }],
  });
const run = async (input: Partial<WeatherInput> = {}): Promise<WeatherResult> =>
  (await start(input)).result();

/** The failure of a run that should fail, and its places' results. */
async function failed(input: Partial<WeatherInput> = {}) {
  const error = await run(input).catch((thrown: unknown) => thrown);
  if (!(error instanceof WorkflowFailedError)) throw new Error('The run did not fail.', { cause: error });
  const { type, message, details } = error.cause as ApplicationFailure;
  return { type, message, places: (details as [FailureDetails, WeatherResult])[1].places };
}

/** The failure with which a run has ended: it says once what happened, without the causes that said the same. */
const failureOf = ({ events }: Awaited<ReturnType<typeof historyOf>>) =>
  events!.at(-1)!.workflowExecutionFailedEventAttributes!.failure!;

const of = (place: typeof minsk) => (request: WeatherRequest) =>
  request.path === '/data/2.5/weather' && request.params['lat'] === String(place.latitude);
const observing = (request: WeatherRequest) => request.path === '/data/2.5/weather';
const blocked = { status: 401, body: { cod: 401, message: `Invalid API key ${key}.` } };

test('a run observes each place, writes both files, and fills the last 48 hours once', async () => {
  const { places } = await run();
  for (const place of [minsk, warsaw]) {
    const result = places[place.name]!;
    expect(result).toMatchObject({ status: 'written', movedAside: [] });
    expect(result.filled).toBeGreaterThanOrEqual(47);
    const day = localDay(place.timezone, Date.parse(result.observed!));
    for (const measure of measureNames)
      expect(await timesOf(join(folder, dayFile(place.name, measure, day)), measure)).toContain(
        result.observed!.replace('.000Z', 'Z'),
      );
  }
  const requestsBefore = server.requests.length;
  const before = Object.keys(await stampsOf(folder));
  const again = await run();
  expect(again.places['minsk']).toMatchObject({ status: 'written', filled: 0 });
  expect(Object.entries(again)[0]).toEqual(['written', '2 of 2 places; 0 missed hours filled']);
  expect(Object.entries(again.places['minsk']!)[0]).toEqual([
    'written',
    expect.stringMatching(/^2\S+ \S+ UTC: -?[\d.]+ °C, wind [\d.]+ m\/s from \d+°$/),
  ]);
  expect(Object.keys(await stampsOf(folder))).toEqual(before);
  // Only the two observations, because no hour was missing.
  expect(server.requests).toHaveLength(requestsBefore + 2);
});

test('a place whose provider rejects its request neither stops nor delays the other, and the failed run names it', async () => {
  server.answers = (request) => (of(minsk)(request) ? blocked : 'weather');
  const { type, message, places } = await failed();
  expect(type).toBe(failureTypes.placesFailed);
  expect(message).toMatch(
    /^1 of 2 places failed: place "minsk": OpenWeather returned 401 \(Invalid API key …\.\)\. Correct weather\.api_key/,
  );
  expect(places['warsaw']).toMatchObject({ status: 'written' });
  expect(places['minsk']).toMatchObject({ status: 'failed' });
  // Filling does not depend on the observation.
  const files = await filesBelow(folder);
  expect(files.filter((file) => file.includes('minsk')).length).toBeGreaterThanOrEqual(4);
  const history = await historyOf(temporal.client, weatherPlaceId('minsk'));
  expect([scheduled(history, 'observe'), scheduled(history, 'writeWeather')]).toEqual([1, 0]);
  expect(scheduled(history, 'fillHours')).toBe(1);
  expect(failureOf(history)).toMatchObject({
    message: expect.stringContaining('401') as string,
    cause: null,
  });
});

test('a place that waits for its provider is left running, and the other is written', async () => {
  server.answers = (request) =>
    of(minsk)(request) ? { status: 429, headers: { 'retry-after': '3' } } : 'weather';
  const { places } = await run({ waitMinutes: 2.5 / 60 });
  expect(places).toMatchObject({ minsk: { status: 'running' }, warsaw: { status: 'written' } });
  server.answers = () => 'weather';
  const requestsBefore = server.requests.filter(of(minsk)).length;
  await temporal.client.workflow.getHandle(weatherPlaceId('minsk')).result();
  expect(server.requests.filter(of(minsk)).length).toBe(requestsBefore + 1);
});

test('a broken history does not fail a run that has an observation', async () => {
  server.answers = (request) => (observing(request) ? 'weather' : { status: 404, body: { reason: 'gone' } });
  const { places } = await run({ places: ['minsk'] });
  expect(places['minsk']).toMatchObject({
    status: 'written',
    filled: 0,
    unfilled: expect.stringContaining('place "minsk": Open-Meteo returned 404 (gone)') as string,
  });
  expect(await filesBelow(folder)).toHaveLength(2);
});

test('a run for a past day fills its hours without observing; a second run changes nothing', async () => {
  const hours = { from: '2026-10-25', to: '2026-10-25' };
  const { places } = await run({ hours });
  expect(places).toMatchObject({ minsk: { filled: 24 }, warsaw: { filled: 25 } });
  expect(server.requests.filter(observing)).toEqual([]);
  const before = await stampsOf(folder);
  expect((await run({ hours })).places['warsaw']).toEqual({
    written: 'no hours to fill',
    ...{ status: 'written', filled: 0, movedAside: [] },
  });
  expect(await stampsOf(folder)).toEqual(before);
});

test('a broken history fails a run for a past day', async () => {
  server.answers = () => ({ status: 404, body: { reason: 'gone' } });
  const { message } = await failed({ hours: { from: '2026-10-25', to: '2026-10-25' }, places: ['warsaw'] });
  expect(message).toContain('place "warsaw": Open-Meteo returned 404 (gone)');
  expect(failureOf(await historyOf(temporal.client, weatherPlaceId('warsaw')))).toMatchObject({
    cause: null,
  });
});

test('a damaged file is named in the result', async () => {
  const { places } = await run({ places: ['minsk'] });
  const day = localDay(minsk.timezone, Date.parse(places['minsk']!.observed!));
  await writeFile(join(folder, dayFile('minsk', 'wind', day)), 'broken');
  const again = await run({ places: ['minsk'] });
  expect(again.places['minsk']!.movedAside).toEqual([expect.stringContaining('_wind.parquet.damaged-')]);
});

test('an unknown place fails the run at once', async () => {
  const error = (await run({ places: ['atlantis'] }).catch(
    (thrown: unknown) => thrown,
  )) as WorkflowFailedError;
  expect(inspect(error, { depth: 10 })).toContain(
    'place "atlantis": not in the config, which has minsk, warsaw.',
  );
  expect(server.requests).toEqual([]);
});

test('the key is sent, and appears in no history, no result and no log', async () => {
  server.answers = (request) => (of(minsk)(request) ? blocked : 'weather');
  await failed();
  expect(server.requests.find(observing)!.params['appid']).toBe(key);
  let runs = 0;
  for await (const { workflowId, runId } of temporal.client.workflow.list()) {
    runs++;
    expect(textOf(await historyOf(temporal.client, workflowId, runId))).not.toContain(key);
  }
  expect(runs).toBeGreaterThan(10);
  expect(logged.join('\n')).toContain('returned 401');
  expect(logged.join('\n')).not.toContain(key);
});

test('log lines of workflows and activities have the same keys for the run, its place and an error', () => {
  const ofPlaces = lines.filter(({ workflowId }) => String(workflowId).startsWith('weather/'));
  const ofWorkflows = ofPlaces.filter(({ activityId }) => activityId === undefined);
  const ofActivities = ofPlaces.filter(({ activityId }) => activityId !== undefined);
  for (const some of [ofWorkflows, ofActivities]) {
    expect(some.length).toBeGreaterThan(10);
    for (const line of some) {
      expect(Object.keys(line).slice(0, 4)).toEqual(['time', 'level', 'message', 'place']);
      expect(line).toMatchObject({
        place: String(line['workflowId']).slice('weather/'.length),
        runId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        workflowType: 'weatherPlace',
      });
    }
  }
  for (const message of ['Activity failed', 'Workflow failed'])
    expect(lines.find((line) => line['message'] === message)).toMatchObject({
      error: expect.any(String) as string,
    });
  for (const key of new Set(lines.flatMap((line) => Object.keys(line))))
    expect(key).toMatch(/^(?!workflowRunId$)[a-z][A-Za-z]*$/);
});
