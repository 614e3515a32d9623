import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createActivities } from '../../../activities/index.ts';
import type { Activities } from '../../../activities/index.ts';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { failureTypes } from '../../../model/failure.ts';
import { daysBetween, hourMs, hoursOfDay } from '../../../model/local-hour.ts';
import type { Measure, Observation, Place } from '../../../model/weather.ts';
import { dayFile, measureNames } from '../../../model/weather.ts';
import { ask, copyToParquet, withDuckDb } from '../../support/duckdb.ts';
import { failureOf } from '../../support/failure-of.ts';
import { runActivity } from '../../support/sync-once.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { kolkata, minsk, warsaw, weatherConfig } from '../../support/weather-config.ts';
import {
  filesBelow,
  observationAt,
  providersOf,
  rowsOf,
  stampsOf,
  timesOf,
} from '../../support/weather-files.ts';
import { startWeatherServer } from '../../support/weather-server.ts';
import type { WeatherServer } from '../../support/weather-server.ts';

let server: WeatherServer;
let folder: string;
let activities: Activities;

beforeAll(async () => {
  server = await startWeatherServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  server.answers = () => 'weather';
  server.requests.length = 0;
  folder = await temporaryFolder('weather');
  activities = activitiesIn(folder);
});

function activitiesIn(where: string): Activities {
  return createActivities({
    config: weatherConfig(server.url, where),
    timeouts: { ...defaultTimeouts, requestMs: 5_000 },
  });
}

const pathOf = (place: Place, measure: Measure, day: string) =>
  join(folder, dayFile(place.name, measure, day));

async function write(place: Place, observation: Observation) {
  const given = { place: place.name, observation };
  const [temperature, wind] = await Promise.all(
    measureNames.map((measure) => runActivity(activities.writeWeather, { ...given, measure })),
  );
  return { temperature: temperature!, wind: wind! };
}

const fill = (place: Place, from: string, to: string) =>
  runActivity(activities.fillHours, { place: place.name, hours: { from, to } });

describe('an observation', () => {
  test('is one row in each of two files, named after the place and its day', async () => {
    const observation = observationAt('2026-11-24T13:46:03Z', { gust: 9.5 });
    expect(await write(minsk, observation)).toEqual({ temperature: { added: 1 }, wind: { added: 1 } });
    expect(await filesBelow(folder)).toEqual([
      'temperature_data/minsk_2026_11_24_temp.parquet',
      'wind_data/minsk_2026_11_24_wind.parquet',
    ]);
    const { temp, feels_like, temp_min, temp_max, pressure, speed, deg, gust } = observation.values;
    const time = Date.parse('2026-11-24T13:46:03Z');
    const provider = 'openweather';
    expect(await rowsOf(pathOf(minsk, 'temperature', '2026-11-24'), 'temperature')).toEqual([
      { time, provider, values: { temp, feels_like, temp_min, temp_max, pressure } },
    ]);
    expect(await rowsOf(pathOf(minsk, 'wind', '2026-11-24'), 'wind')).toEqual([
      { time, provider, values: { speed, deg, gust } },
    ]);
  });

  test.each([
    ['the last moment of a day', minsk, '2026-11-24T20:59:59Z', '2026_11_24'],
    ['the first moment of the next', minsk, '2026-11-24T21:00:00Z', '2026_11_25'],
    ['the last of a day of 25 hours', warsaw, '2026-10-25T22:59:59Z', '2026_10_25'],
    ['the first of a day of 25 hours', warsaw, '2026-10-24T22:00:00Z', '2026_10_25'],
    ['the last of a day of 23 hours', warsaw, '2026-03-29T21:59:59Z', '2026_03_29'],
    ['the first after a day of 23 hours', warsaw, '2026-03-29T22:00:00Z', '2026_03_30'],
    ['midnight in a zone with a half-hour offset', kolkata, '2026-06-01T18:30:00Z', '2026_06_02'],
    ['the second before that midnight', kolkata, '2026-06-01T18:29:59Z', '2026_06_01'],
    ['a day long ago, written by a late run', minsk, '2024-02-29T20:59:00Z', '2024_02_29'],
  ])('of %s is in the file of its own day', async (_, place, time, day) => {
    await write(place, observationAt(time));
    expect(await filesBelow(folder)).toEqual([
      `temperature_data/${place.name}_${day}_temp.parquet`,
      `wind_data/${place.name}_${day}_wind.parquet`,
    ]);
  });

  test('that is written again does not change the files', async () => {
    const observations = ['2026-11-24T12:00:00Z', '2026-11-24T13:00:00Z'].map((time) => observationAt(time));
    for (const observation of observations) await write(minsk, observation);
    const before = await stampsOf(folder);
    for (const observation of observations)
      expect(await write(minsk, observation)).toEqual({ temperature: { added: 0 }, wind: { added: 0 } });
    expect(await stampsOf(folder)).toEqual(before);
  });

  test('that is written again with other values replaces the first', async () => {
    const time = '2026-11-24T13:00:00Z';
    await write(minsk, observationAt(time, { temp: 1 }));
    expect((await write(minsk, observationAt(time, { temp: 2 }))).temperature).toEqual({ added: 0 });
    const rows = await rowsOf(pathOf(minsk, 'temperature', '2026-11-24'), 'temperature');
    expect(rows.map(({ values }) => values['temp'])).toEqual([2]);
  });

  test('of -0.0 degrees is stored as 0, even in a file whose values another tool has rounded', async () => {
    const path = pathOf(minsk, 'temperature', '2026-11-24');
    await mkdir(dirname(path), { recursive: true });
    await copyToParquet(`select '2026-11-24 09:00:00' as datetime, '-0.0'::double as temp`, path);
    await write(minsk, observationAt('2026-11-24T10:00:00Z', { temp: -0, speed: -0 }));
    const before = await stampsOf(folder);
    await write(minsk, observationAt('2026-11-24T10:00:00Z', { temp: -0, speed: -0 }));
    expect(await stampsOf(folder)).toEqual(before);
    const rows = await rowsOf(path, 'temperature');
    expect(rows.map(({ values }) => values['temp'])).toEqual([0, 0]);
  });

  test('that arrives late is sorted in by its time', async () => {
    const times = ['2026-11-24T15:00:00Z', '2026-11-24T08:00:00Z', '2026-11-24T11:30:00Z'];
    for (const time of times) await write(minsk, observationAt(time));
    expect(await timesOf(pathOf(minsk, 'wind', '2026-11-24'), 'wind')).toEqual(times.toSorted());
  });
});

describe('missing hours', () => {
  test.each([
    ['24 hours', minsk, '2026-11-20', 24, '2026-11-19T21:00:00Z', '2026-11-20T20:00:00Z'],
    [
      '25 hours when clocks are set back',
      warsaw,
      '2026-10-25',
      25,
      '2026-10-24T22:00:00Z',
      '2026-10-25T22:00:00Z',
    ],
    [
      '23 hours when clocks are set forward',
      warsaw,
      '2026-03-29',
      23,
      '2026-03-28T23:00:00Z',
      '2026-03-29T21:00:00Z',
    ],
    [
      '24 hours that begin at half past',
      kolkata,
      '2026-06-01',
      24,
      '2026-05-31T19:00:00Z',
      '2026-06-01T18:00:00Z',
    ],
  ])('of a day are filled: %s', async (_, place, day, hours, first, last) => {
    expect(await fill(place, day, day)).toEqual({
      rows: { temperature: hours, wind: hours },
      movedAside: [],
      stillMissing: 0,
    });
    for (const measure of measureNames) {
      const times = await timesOf(pathOf(place, measure, day), measure);
      expect(new Set(times).size).toBe(hours);
      expect([times[0], times.at(-1)]).toEqual([first, last]);
    }
    expect(await filesBelow(folder)).toHaveLength(2);
  });

  test('are by default the past hours of the days of the last 48 hours', async () => {
    const before = Date.now();
    const { rows, stillMissing } = await runActivity(activities.fillHours, { place: minsk.name });
    const days = daysBetween(minsk.timezone, before - 48 * hourMs, before);
    const hours = days.flatMap((day) => hoursOfDay(minsk.timezone, day));
    const passed = hours.filter((hour) => hour + hourMs <= before).length;
    expect([passed, passed + 1]).toContain(rows.wind);
    expect([rows.temperature, stillMissing]).toEqual([rows.wind, 0]);
    const files = await filesBelow(join(folder, 'wind_data'));
    const times = (
      await Promise.all(files.map((file) => timesOf(join(folder, 'wind_data', file), 'wind')))
    ).flat();
    expect(times.map((time) => Date.parse(time))).toEqual(hours.slice(0, rows.wind));
  });

  test('are filled around existing rows, and the files record the provider of each row', async () => {
    const observations = ['2026-11-20T05:12:00Z', '2026-11-20T06:47:00Z', '2026-11-20T06:58:00Z'];
    for (const time of observations) await write(minsk, observationAt(time));
    expect(await fill(minsk, '2026-11-20', '2026-11-20')).toMatchObject({
      rows: { temperature: 22, wind: 22 },
    });
    for (const measure of measureNames) {
      const rows = await rowsOf(pathOf(minsk, measure, '2026-11-20'), measure);
      expect(rows).toHaveLength(25);
      const given = rows.filter(({ provider }) => provider === 'openweather').map(({ time }) => time);
      expect(given).toEqual(observations.map((time) => Date.parse(time)));
      expect(await providersOf(pathOf(minsk, measure, '2026-11-20'))).toEqual([
        { provider: 'open-meteo', from: '2026-11-19T21:00:00.000Z', to: '2026-11-20T04:00:00.000Z', rows: 8 },
        {
          provider: 'openweather',
          from: '2026-11-20T05:12:00.000Z',
          to: '2026-11-20T06:58:00.000Z',
          rows: 3,
        },
        {
          provider: 'open-meteo',
          from: '2026-11-20T07:00:00.000Z',
          to: '2026-11-20T20:00:00.000Z',
          rows: 14,
        },
      ]);
    }
  });

  test('are requested once: filling again sends no request and changes nothing', async () => {
    await fill(minsk, '2026-11-18', '2026-11-20');
    const before = await stampsOf(folder);
    expect(server.requests).toHaveLength(1);
    expect(await fill(minsk, '2026-11-18', '2026-11-20')).toMatchObject({
      rows: { temperature: 0, wind: 0 },
      stillMissing: 0,
    });
    expect(server.requests).toHaveLength(1);
    expect(await stampsOf(folder)).toEqual(before);
  });

  test('of one file are filled only in that file', async () => {
    await fill(minsk, '2026-11-20', '2026-11-20');
    const wind = pathOf(minsk, 'wind', '2026-11-20');
    const [before, rows] = [await stampsOf(folder), await rowsOf(wind, 'wind')];
    await rm(wind);
    expect((await fill(minsk, '2026-11-20', '2026-11-20')).rows).toEqual({ temperature: 0, wind: 24 });
    expect(await rowsOf(wind, 'wind')).toEqual(rows);
    const temperature = dayFile(minsk.name, 'temperature', '2026-11-20');
    expect((await stampsOf(folder))[temperature]).toBe(before[temperature]);
  });

  test('between two instants are the whole hours in between', async () => {
    await fill(minsk, '2026-11-20T04:30:00Z', '2026-11-20T08:30:00Z');
    expect(await timesOf(pathOf(minsk, 'wind', '2026-11-20'), 'wind')).toEqual(
      ['05', '06', '07'].map((hour) => `2026-11-20T${hour}:00:00Z`),
    );
  });

  test('from long ago come from the archive, a month per request', async () => {
    await fill(minsk, '2024-12-20', '2025-02-02');
    expect(
      server.requests.map(({ path, params }) => [path, params['start_date'], params['end_date']]),
    ).toEqual([
      ['/v1/archive', '2024-12-19', '2025-01-18'],
      ['/v1/archive', '2025-01-18', '2025-02-02'],
    ]);
    expect(await filesBelow(join(folder, 'wind_data'))).toHaveLength(45);
    expect(await timesOf(pathOf(minsk, 'wind', '2025-01-01'), 'wind')).toHaveLength(24);
  });

  test('in the future are not filled', async () => {
    const filled = await fill(minsk, '2036-01-01', '2036-01-02');
    expect(filled).toEqual({ rows: { temperature: 0, wind: 0 }, movedAside: [], stillMissing: 0 });
    expect(server.requests).toEqual([]);
  });

  test('missing from the history are counted but not filled', async () => {
    const time = Date.parse('2026-11-20T05:00:00Z') / 1000;
    const value = [1, null];
    const hourly = {
      time: [time, time + 3600],
      ...{ temperature_2m: value, apparent_temperature: value, pressure_msl: value },
      ...{ wind_speed_10m: value, wind_direction_10m: value, wind_gusts_10m: [null, null] },
    };
    hourly.pressure_msl = [1000, null];
    server.answers = () => ({ body: { hourly } });
    expect(await fill(minsk, '2026-11-20', '2026-11-20')).toMatchObject({
      rows: { temperature: 1, wind: 1 },
      stillMissing: 23,
    });
    expect(await timesOf(pathOf(minsk, 'wind', '2026-11-20'), 'wind')).toEqual(['2026-11-20T05:00:00Z']);
  });

  test.each([
    [
      'with values out of range',
      { hourly: { time: [1_763_600_400], temperature_2m: [900], wind_speed_10m: [1] } },
    ],
    ['with another shape', { hourly: { time: ['2026-11-20T00:00'] } }],
    ['without hours', { current: {} }],
  ])('are not filled from a history %s', async (_, body) => {
    server.answers = () => ({ body });
    const failure = await failureOf(activities.fillHours, {
      place: minsk.name,
      hours: { from: '2025-11-20', to: '2025-11-20' },
    });
    expect(failure).toMatchObject({ type: failureTypes.noObservation, nonRetryable: false });
    expect(await filesBelow(folder)).toEqual([]);
  });

  test('are not filled when the config has no history', async () => {
    const { weather } = await weatherConfig(server.url, folder).read();
    const { history, ...without } = weather!;
    expect(history).toBeDefined();
    const config = weatherConfig(server.url, folder);
    const { fillHours } = createActivities({
      config: { ...config, read: async () => ({ ...(await config.read()), weather: without }) },
    });
    expect((await runActivity(fillHours, { place: minsk.name })).rows).toEqual({ temperature: 0, wind: 0 });
    expect(await filesBelow(folder)).toEqual([]);
  });
});

describe('a file from the earlier system', () => {
  const day = '2025-05-13';
  const earlierWind = `
    select * from (values (335::bigint, 5.28::double, '2025-05-13 14:25:45'), (335, 5.28, '2025-05-13 14:25:45'),
      (340, 5.06, '2025-05-13 14:37:41')) rows (deg, speed, datetime)`;
  const earlierTemperature = `
    select * from (values (13.54::double, '2025-05-13 14:25:45', 1012::bigint, 13.54::double, 13.54::double, 12.15::double),
      (12.97, '2025-05-13 14:37:41', 1012, 12.97, 12.97, 11.6)) rows (temp, datetime, pressure, temp_max, temp_min, feels_like)`;
  const provider = 'earlier';
  const times = ['2025-05-13T14:25:45Z', '2025-05-13T14:37:41Z'].map((time) => Date.parse(time));

  test('is continued in the new format: each of its rows exactly once, and the new row', async () => {
    await mkdir(join(folder, 'wind_data'), { recursive: true });
    await mkdir(join(folder, 'temperature_data'), { recursive: true });
    await copyToParquet(earlierWind, pathOf(minsk, 'wind', day));
    await copyToParquet(earlierTemperature, pathOf(minsk, 'temperature', day));
    const observation = observationAt('2025-05-13T15:00:00Z');
    expect(await write(minsk, observation)).toEqual({ temperature: { added: 1 }, wind: { added: 1 } });
    expect(await rowsOf(pathOf(minsk, 'wind', day), 'wind')).toMatchObject([
      { time: times[0], provider, values: { speed: 5.28, deg: 335, gust: null } },
      { time: times[1], provider, values: { speed: 5.06, deg: 340, gust: null } },
      { time: Date.parse(observation.time), provider: 'openweather' },
    ]);
    expect(await rowsOf(pathOf(minsk, 'temperature', day), 'temperature')).toMatchObject([
      {
        time: times[0],
        provider,
        values: { temp: 13.54, feels_like: 12.15, temp_min: 13.54, temp_max: 13.54, pressure: 1012 },
      },
      { time: times[1], provider, values: { temp: 12.97, feels_like: 11.6 } },
      { time: Date.parse(observation.time), provider: 'openweather' },
    ]);
    const described = await withDuckDb((duckdb) =>
      ask(
        duckdb,
        `select column_name, column_type from (describe from '${pathOf(minsk, 'temperature', day)}')`,
      ),
    );
    expect(
      Object.fromEntries(described.map(({ column_name, column_type }) => [column_name, column_type])),
    ).toEqual({
      datetime: 'TIMESTAMP',
      ...{ temp: 'DOUBLE', feels_like: 'DOUBLE', temp_min: 'DOUBLE', temp_max: 'DOUBLE', pressure: 'DOUBLE' },
    });
    expect(await providersOf(pathOf(minsk, 'wind', day))).toEqual([
      { provider, from: '2025-05-13T14:25:45.000Z', to: '2025-05-13T14:37:41.000Z', rows: 2 },
      { provider: 'openweather', from: observation.time, to: observation.time, rows: 1 },
    ]);
    // The file is converted only once.
    const before = await stampsOf(folder);
    await write(minsk, observation);
    expect(await stampsOf(folder)).toEqual(before);
  });

  test.each([
    ['offsets and no seconds', `'2025-05-13 17:25+03:00'`, 'Datetime'],
    ['seconds since 1970', '1747146300', 'DATETIME'],
    ['milliseconds since 1970', '1747146300000', 'dt'],
    ['a time zone', `timestamptz '2025-05-13 14:25:00+00'`, 'datetime'],
  ])(
    'with %s and capitals is continued, and a modelled row replaces none of its rows',
    async (_, time, column) => {
      await mkdir(join(folder, 'wind_data'), { recursive: true });
      const path = pathOf(minsk, 'wind', day);
      await copyToParquet(`select '335' as "Deg", 5.28::float as "SPEED", ${time} as "${column}"`, path);
      const observation = { ...observationAt('2025-05-13T14:25:00Z'), provider: 'open-meteo' as const };
      expect((await write(minsk, observation)).wind).toEqual({ added: 0 });
      const [row, ...others] = await rowsOf(path, 'wind');
      expect(others).toEqual([]);
      expect(row).toMatchObject({
        time: Date.parse(observation.time),
        provider,
        values: { deg: 335, gust: null },
      });
      expect(row!.values['speed']).toBeCloseTo(5.28, 5);
    },
  );

  test('with a row without a time is continued and kept under another name', async () => {
    await mkdir(join(folder, 'wind_data'), { recursive: true });
    const path = pathOf(minsk, 'wind', day);
    await copyToParquet(`${earlierWind} union all select 1, 2.0, null`, path);
    const { wind } = await write(minsk, observationAt('2025-05-13T15:00:00Z'));
    expect(wind).toEqual({ added: 1, movedAside: expect.stringContaining('.kept-') as string });
    expect(await rowsOf(path, 'wind')).toHaveLength(3);
  });

  test('gets its missing hours filled', async () => {
    await mkdir(join(folder, 'wind_data'), { recursive: true });
    await copyToParquet(earlierWind, pathOf(minsk, 'wind', day));
    expect((await fill(minsk, day, day)).rows).toEqual({ temperature: 24, wind: 23 });
    const rows = await rowsOf(pathOf(minsk, 'wind', day), 'wind');
    expect(rows.filter((row) => row.provider === provider)).toHaveLength(2);
    expect(rows).toHaveLength(25);
  });

  test('with dictionary-encoded values is read', async () => {
    await mkdir(join(folder, 'wind_data'), { recursive: true });
    const path = pathOf(minsk, 'wind', day);
    // Each of 200 seconds, a hundred times.
    await copyToParquet(
      `select i % 360 as deg, strftime(timestamp '2025-05-13 00:00:00' + to_seconds(i % 200), '%Y-%m-%d %H:%M:%S') as datetime,
       (i % 200) / 8 as speed from range(20000) r(i) order by i`,
      path,
    );
    const encodings = await withDuckDb((duckdb) =>
      ask(duckdb, `select distinct encodings from parquet_metadata('${path}')`),
    );
    expect(encodings).toEqual([{ encodings: 'RLE_DICTIONARY' }]);
    await write(minsk, observationAt('2025-05-13T15:00:00Z'));
    const rows = await rowsOf(path, 'wind');
    expect(rows).toHaveLength(201);
    // The last row of each time counts.
    expect(rows[7]).toMatchObject({ values: { speed: 7 / 8, deg: 19_807 % 360 } });
  });

  test('or one rewritten by another tool is accepted', async () => {
    await fill(minsk, day, day);
    const path = pathOf(minsk, 'wind', day);
    const before = await rowsOf(path, 'wind');
    await copyToParquet(
      `select deg, datetime, gust, speed::float as speed from '${path}' order by deg`,
      `${path}.new`,
    );
    await copyFile(`${path}.new`, path);
    await rm(`${path}.new`);
    expect(await write(minsk, observationAt('2025-05-13T15:20:00Z'))).toMatchObject({ wind: { added: 1 } });
    const after = await rowsOf(path, 'wind');
    expect(after).toHaveLength(25);
    for (const { time, values } of before) {
      const { deg, gust, speed } = after.find((row) => row.time === time)!.values;
      expect([deg, gust]).toEqual([values['deg'], values['gust']]);
      expect(speed).toBeCloseTo(values['speed']!, 5);
    }
    expect(await filesBelow(join(folder, 'wind_data'))).toEqual(['minsk_2025_05_13_wind.parquet']);
  });

  test('with unknown columns is kept under another name', async () => {
    await mkdir(join(folder, 'wind_data'), { recursive: true });
    const path = pathOf(minsk, 'wind', day);
    await copyToParquet(`select *, 80 as humidity from (${earlierWind})`, path);
    const bytes = await readFile(path);
    const { wind } = await write(minsk, observationAt('2025-05-13T15:00:00Z'));
    expect(wind).toEqual({
      added: 1,
      movedAside: expect.stringMatching(/^minsk_2025_05_13_wind\.parquet\.kept-[0-9a-f]{12}$/) as string,
    });
    expect(await readFile(join(dirname(path), wind.movedAside!))).toEqual(bytes);
    expect(await rowsOf(path, 'wind')).toHaveLength(3);
    expect((await write(minsk, observationAt('2025-05-13T16:00:00Z'))).wind).toEqual({ added: 1 });
  });
});

describe('a damaged file', () => {
  const day = '2026-11-20';
  const observation = observationAt('2026-11-20T12:30:00Z');

  test.each<[string, (path: string) => Promise<unknown>]>([
    ['is empty', (path) => writeFile(path, '')],
    ['was cut short', (path) => truncate(path, 700)],
    ['lacks its last byte', async (path) => truncate(path, (await readFile(path)).length - 1)],
    ['is an HTML page', (path) => writeFile(path, '<html>not found</html>')],
    ['is all zeros', async (path) => writeFile(path, Buffer.alloc((await readFile(path)).length))],
    [
      'has texts that are not times',
      (path) => copyToParquet(`select 'yesterday' as datetime, 1.0 as speed, 2 as deg`, path),
    ],
    ['has no time column', (path) => copyToParquet('select 1.0 as speed, 2 as deg', path)],
    [
      'has texts in place of numbers',
      (path) => copyToParquet(`select '2026-11-20 01:00:00' as datetime, 'calm' as speed`, path),
    ],
  ])(
    'that %s is kept under another name, reported and replaced, and its hours can be fetched again',
    async (_, damage) => {
      const path = pathOf(minsk, 'wind', day);
      await fill(minsk, day, day);
      await damage(path);
      const damaged = await readFile(path);
      const { wind, temperature } = await write(minsk, observation);
      expect(wind).toEqual({
        added: 1,
        movedAside: expect.stringMatching(/^minsk_2026_11_20_wind\.parquet\.damaged-[0-9a-f]{12}$/) as string,
      });
      expect(temperature).toEqual({ added: 1 });
      expect(await readFile(join(dirname(path), wind.movedAside!))).toEqual(damaged);
      expect(await rowsOf(path, 'wind')).toHaveLength(1);
      expect((await fill(minsk, day, day)).rows).toEqual({ temperature: 0, wind: 23 });
      expect(await rowsOf(path, 'wind')).toHaveLength(24);
    },
  );

  test('is also detected when hours are filled, and its hours are fetched again', async () => {
    await fill(minsk, day, day);
    const path = pathOf(minsk, 'wind', day);
    const rows = await rowsOf(path, 'wind');
    await truncate(path, 100);
    expect(await fill(minsk, day, day)).toEqual({
      rows: { temperature: 0, wind: 24 },
      movedAside: [expect.stringContaining('.damaged-') as string],
      stillMissing: 0,
    });
    expect(await rowsOf(path, 'wind')).toEqual(rows);
  });

  test('stays in place until the new file can be written', async () => {
    const path = pathOf(minsk, 'wind', day);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'broken');
    server.answers = () => ({ status: 503 });
    await failureOf(activities.fillHours, { place: minsk.name, hours: { from: day, to: day } });
    expect(await readFile(path, 'utf8')).toBe('broken');
  });
});

describe('a weather folder that cannot be written is reported', () => {
  const observation = observationAt('2026-11-24T13:00:00Z');
  const input = { place: minsk.name, measure: 'wind', observation } as const;
  const cleanUps: (() => unknown)[] = [];
  afterEach(() => {
    for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
  });

  /** Mounts a small disk at `path`; false when this user is not allowed to. */
  function mount(path: string, options: string): boolean {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' });
    } catch {
      return false;
    }
    cleanUps.push(() => execFileSync('umount', [path], { stdio: 'ignore' }));
    return true;
  }

  test('when it is a file', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, 'mine');
    const failure = await failureOf(activitiesIn(file).writeWeather, input);
    expect(failure).toMatchObject({ type: failureTypes.cannotWrite, nonRetryable: false });
    expect(failure.message).toContain('a part of the path is a file. Set another folder in weather.folder;');
    const filling = await failureOf(activitiesIn(file).fillHours, { place: minsk.name });
    expect(filling).toMatchObject({ type: failureTypes.cannotWrite, nonRetryable: false });
    expect(filling.message).toContain('Set another folder in weather.folder');
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  test('when it is read-only, and its files are unchanged', async () => {
    await write(minsk, observationAt('2026-11-24T12:00:00Z'));
    const path = pathOf(minsk, 'wind', '2026-11-24');
    const wind = dirname(path);
    const bytes = await readFile(path);
    if (process.geteuid?.() !== 0) {
      await chmod(wind, 0o555);
      cleanUps.push(() => execFileSync('chmod', ['755', wind]));
    } else if (mount(wind, 'size=1m')) {
      // The only folder that root cannot write to.
      await writeFile(path, bytes);
      execFileSync('mount', ['-o', 'remount,ro', wind]);
    } else {
      console.info('Skipped: root can write everywhere, and cannot mount here.');
      return;
    }
    const failure = await failureOf(activities.writeWeather, input);
    expect(failure).toMatchObject({ type: failureTypes.cannotWrite, nonRetryable: false });
    expect(failure.message).toMatch(
      /minsk_2026_11_24_wind\.parquet cannot be written: .*(Mount it writable|Give the worker's user the right)/,
    );
    expect(await readFile(path)).toEqual(bytes);
  });

  test('when its disk is full: nothing is left behind, and writing continues once there is space', async () => {
    const wind = join(folder, 'wind_data');
    await mkdir(wind);
    if (!mount(wind, 'size=64k')) {
      console.info('Skipped: no small disk can be mounted here.');
      return;
    }
    await runActivity(activities.writeWeather, {
      ...input,
      observation: observationAt('2026-11-24T12:00:00Z'),
    });
    const path = pathOf(minsk, 'wind', '2026-11-24');
    const bytes = await readFile(path);
    const ballast = join(wind, 'ballast');
    await writeFile(ballast, Buffer.alloc(1_000_000)).catch(() => undefined);
    const failure = await failureOf(activities.writeWeather, input);
    expect(failure).toMatchObject({ type: failureTypes.cannotWrite, nonRetryable: false });
    expect(failure.message).toBe(
      `place "minsk": ${path} cannot be written: the disk is full. Free some space; a later run fills the missing hours.`,
    );
    expect(await readFile(path)).toEqual(bytes);
    expect(await filesBelow(wind)).toEqual(['ballast', 'minsk_2026_11_24_wind.parquet']);
    await rm(ballast);
    expect(await runActivity(activities.writeWeather, input)).toEqual({ added: 1 });
    expect(await rowsOf(path, 'wind')).toHaveLength(2);
  });
});
