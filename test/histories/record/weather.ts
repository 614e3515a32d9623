import type { Duration } from '@temporalio/common';
import { createActivities } from '../../../activities/index.ts';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { createFailure } from '../../../model/failure.ts';
import { taskQueue, weatherPlaceId, workflowTypes } from '../../../model/names.ts';
import type { WeatherInput } from '../../../model/runs.ts';
import type { weather, weatherPlace } from '../../../workflows/index.ts';
import type { TestTemporal } from '../../support/temporal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { minsk, weatherConfig } from '../../support/weather-config.ts';
import { startWeatherServer } from '../../support/weather-server.ts';
import { createGate } from './gate.ts';
import { recordInterrupted } from './interrupted.ts';
import { keepIn } from './recording.ts';
import type { Recording } from './recording.ts';

/** Records the paths through `weather` and `weatherPlace`. */
export async function recordWeather(temporal: TestTemporal, recording: Recording): Promise<void> {
  const server = await startWeatherServer();
  const weatherFolder = await temporaryFolder('weather');
  const config = weatherConfig(server.url, weatherFolder, { places: [minsk] });
  const real = createActivities({ config, timeouts: defaultTimeouts });
  const gate = createGate();
  let failures = 0;
  let fillFailures = 0;
  const worker = await temporal.startWorker({
    ...real,
    async observe(input) {
      await gate.pass();
      return real.observe(input);
    },
    async listPlaces(requested) {
      if (failures-- > 0) throw new Error('Once, and not again.');
      return real.listPlaces(requested);
    },
    async fillHours(input) {
      if (fillFailures-- > 0)
        throw createFailure('Unavailable', { place: input.place, causes: [{ problem: 'no history' }] }, { final: true });
      return real.fillHours(input);
    },
  });
  const start = (
    workflowId: string,
    input: Partial<WeatherInput>,
    workflowExecutionTimeout: Duration = '1 hour',
  ) =>
    temporal.client.workflow.start<typeof weather>(workflowTypes.weather, {
      taskQueue,
      workflowId,
      args: [{ waitMinutes: 1, ...input }],
      workflowExecutionTimeout,
    });
  const end = async (workflowId: string, input: Partial<WeatherInput> = {}) =>
    (await start(workflowId, input)).result().catch(() => undefined);
  const keep = keepIn(recording, temporal.client, { [server.url]: 'http://station', [weatherFolder]: 'weather' });
  const place = weatherPlaceId(minsk.name);

  await end('weather-run/completed');
  await keep('weather-completed', 'weather-run/completed');
  await keep('weather-place-written', place);

  await end('weather-run/filled', { hours: { from: '2026-11-01', to: '2026-11-02' } });
  await keep('weather-place-filled', place);

  fillFailures = 1;
  await end('weather-run/not-filled');
  await keep('weather-place-not-filled', place);

  failures = 1;
  await end('weather-run/retried');
  await keep('weather-retried', 'weather-run/retried');

  const answers = server.answers;
  server.answers = () => {
    server.answers = answers;
    return { status: 503, body: { message: 'Later.' } };
  };
  await end('weather-run/place-retried');
  await keep('weather-place-retried', place);

  gate.close();
  await end('weather-run/first-running', { waitMinutes: 1 / 60 });
  await keep('weather-wait-over', 'weather-run/first-running');
  await end('weather-run/found-running');
  await keep('weather-found-running', 'weather-run/found-running');
  gate.release();
  await temporal.client.workflow.result(place).catch(() => undefined);

  await recordInterrupted(keep, 'weather', gate.release, (n, timeout) =>
    start(`weather-run/interrupted/${n}`, { afterRunning: true }, timeout),
  );
  gate.open();
  await temporal.client.workflow.result(place).catch(() => undefined);
  gate.close();
  await recordInterrupted(keep, 'weather-place', gate.release, (_, workflowExecutionTimeout) =>
    temporal.client.workflow.start<typeof weatherPlace>(workflowTypes.weatherPlace, {
      taskQueue,
      workflowId: place,
      args: [{ place: minsk.name }],
      workflowExecutionTimeout,
    }),
  );
  gate.open();

  server.answers = () => ({ status: 401, body: { message: 'Invalid API key.' } });
  await end('weather-run/failed');
  await keep('weather-failed', 'weather-run/failed');
  await keep('weather-place-failed', place);

  await worker.stop();
  await server.stop();
}
