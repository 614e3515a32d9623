import { MockActivityEnvironment } from '@temporalio/testing';
import { createWriteWeather } from '../../../activities/weather/write-weather.ts';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { startDemoStation } from '../../../local/demo/station.ts';
import { demoWeather } from '../../../local/stack-weather.ts';
import { parseConfig } from '../../../model/config.ts';
import { readWeather } from '../../../page/collect/weather.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { minsk, weatherConfig } from '../../support/weather-config.ts';
import { observationAt } from '../../support/weather-files.ts';

const now = Date.parse('2026-11-24T12:30:00Z');

/**
 * The days of the page for a place whose files have these hours, the oldest first: [day, present, of]; and the first hour of a
 * place that is newer than they are.
 */
async function daysWith(...hours: string[]) {
  const config = weatherConfig('http://127.0.0.1:1', await temporaryFolder('page-weather'), {
    places: [minsk],
  });
  const write = createWriteWeather({ config, timeouts: defaultTimeouts });
  for (const hour of hours)
    for (const measure of ['temperature', 'wind'] as const)
      await new MockActivityEnvironment().run(write, {
        place: 'minsk',
        measure,
        observation: observationAt(hour),
      });
  const [place] = await readWeather((await config.read()).weather!, now, new Map());
  const days = place!.days.map(({ day, present, of }) => [day, present, of]).reverse();
  const { since } = place!;
  return { days, since: since === undefined ? undefined : new Date(since).toISOString() };
}

test('what was before the first hour of a new place is not missing, and what came after it is', async () => {
  expect(await daysWith()).toEqual({ days: [], since: undefined });
  // It is 15:30 in Minsk.
  expect(await daysWith('2026-11-23T20:10:00Z', '2026-11-24T12:10:00Z')).toEqual({
    days: [
      ['2026-11-23', 1, 1],
      ['2026-11-24', 1, 16],
    ],
    since: '2026-11-23T20:00:00.000Z',
  });
});

test('days without an hour of an older place are missing', async () => {
  const { days, since } = await daysWith('2026-11-17T12:10:00Z', '2026-11-24T12:10:00Z');
  expect(since).toBeUndefined();
  expect(days).toHaveLength(7);
  expect(days[0]).toEqual(['2026-11-18', 0, 24]);
});

test('the origin of the weather is that of its address: the provider, another service, or a demo station, which invents it', async () => {
  const folder = await temporaryFolder('page-weather');
  const originIn = async (weather: object) => {
    const config = {
      sources: { shop: { url: 'postgres://reader@db/shop' } },
      warehouse: { url: 'postgres://writer@db/analytics' },
      ...{ staging: folder, tables: 'all' },
      weather: { ...weather, folder },
    };
    const parsed = parseConfig(JSON.stringify(config), 'tidehouse.yaml', {});
    return (await readWeather(parsed.weather!, now, new Map())).map(({ origin }) => origin);
  };
  const station = await startDemoStation();
  const demo = await demoWeather(folder, station.url);
  await station.stop();
  const places = [minsk];
  expect([
    ...(await originIn({ provider: 'open-meteo', places })),
    ...(await originIn({ provider: 'open-meteo', places, url: 'https://customer-api.example.com/key/1' })),
    ...(await originIn(demo.config)),
  ]).toEqual([
    'open-meteo',
    'customer-api.example.com, in place of open-meteo',
    'a demo station, which invents it',
  ]);
});
