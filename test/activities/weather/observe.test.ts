import dns from 'node:dns';
import { inspect } from 'node:util';
import { CancelledFailure } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../../activities/index.ts';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { failureTypes } from '../../../model/failure.ts';
import type { Observation, Provider, WeatherConfig } from '../../../model/weather.ts';
import { nowhere } from '../../support/run-command.ts';
import { eventually } from '../../support/eventually.ts';
import { failureOf } from '../../support/failure-of.ts';
import { runActivity } from '../../support/sync-once.ts';
import { key, minsk, weatherConfig } from '../../support/weather-config.ts';
import { startWeatherServer } from '../../support/weather-server.ts';
import type { Answer, WeatherServer } from '../../support/weather-server.ts';

const requestMs = 400;
const place = minsk.name;

let server: WeatherServer;
beforeAll(async () => {
  server = await startWeatherServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.answers = () => 'weather';
  server.requests.length = 0;
});

const providers = {
  openweather: { provider: 'openweather' },
  'open-meteo': { provider: 'open-meteo' },
} as const satisfies Record<Provider, Partial<WeatherConfig>>;
const serviceNames = { openweather: 'OpenWeather', 'open-meteo': 'Open-Meteo' } as const;
/** The beginning of each message. */
const subject = 'place "minsk": ';

function observe(weather: Partial<WeatherConfig> = {}, timeoutMs = 10_000) {
  const config = weatherConfig(server.url, '/nowhere', weather);
  return createActivities({ config, timeouts: { ...defaultTimeouts, requestMs: timeoutMs } }).observe;
}

/** The failure of an observation whose only request gets this answer. Checks that no part of it contains the key. */
async function refusal(
  provider: Provider,
  answer: Answer,
  weather: Partial<WeatherConfig> = {},
): Promise<ApplicationFailure> {
  server.answers = () => answer;
  // A short timeout would mask faults that do not delay the response.
  const timeoutMs = answer === 'silence' || answer === 'drip' ? requestMs : 10_000;
  const failure = await failureOf(observe({ ...providers[provider], ...weather }, timeoutMs), { place });
  const secret = weather.apiKey && 'value' in weather.apiKey ? weather.apiKey.value : key;
  for (const text of [
    failure.message,
    failure.stack,
    JSON.stringify(failure),
    inspect(failure, { depth: 20, showHidden: true }),
  ])
    for (const form of [secret, encodeURIComponent(secret)]) expect(text).not.toContain(form);
  expect(failure.cause).toBeUndefined();
  return failure;
}

const seconds = (ms: number) => Math.floor(ms / 1000);
const hour = 3_600_000;

/** A response of OpenWeather with some values changed. */
function openWeather(change: { main?: object; wind?: object | null; [rest: string]: unknown } = {}): Answer {
  const { main, wind, ...rest } = change;
  return {
    body: {
      main: { temp: 4.5, feels_like: 1, temp_min: 4, temp_max: 5, pressure: 1012, ...main },
      wind: wind === null ? null : { speed: 3.6, deg: 210, ...wind },
      dt: seconds(Date.now()),
      ...rest,
    },
  };
}

/** A response of OpenWeather with a time, a temperature and nothing else. */
const bare: Answer = { body: { dt: seconds(Date.now()), main: { temp: 4.5, feels_like: null } } };

function openMeteo(change: Record<string, unknown> = {}): Answer {
  const current = {
    time: seconds(Date.now()),
    interval: 900,
    temperature_2m: 4.5,
    apparent_temperature: 1,
    pressure_msl: 1012.3,
    wind_speed_10m: 3.6,
    wind_direction_10m: 210,
    wind_gusts_10m: 9,
  };
  return { body: { current: { ...current, ...change } } };
}

describe('an observation', () => {
  test("from OpenWeather has the service's time and metric values, and is requested with the key", async () => {
    const dt = seconds(Date.now()) - 600;
    server.answers = () => openWeather({ dt, wind: { gust: 8.2 } });
    expect(await runActivity(observe(), { place })).toEqual({
      time: new Date(dt * 1000).toISOString(),
      provider: 'openweather',
      values: {
        temp: 4.5,
        feels_like: 1,
        temp_min: 4,
        temp_max: 5,
        pressure: 1012,
        speed: 3.6,
        deg: 210,
        gust: 8.2,
      },
    });
    expect(server.requests).toEqual([
      {
        path: '/data/2.5/weather',
        params: { lat: '53.893009', lon: '27.567444', units: 'metric', appid: key },
      },
    ]);
  });

  test("from Open-Meteo has the service's time and metric values, and is requested without a key", async () => {
    const time = seconds(Date.now()) - 900;
    server.answers = () => openMeteo({ time });
    expect(await runActivity(observe(providers['open-meteo']), { place })).toEqual({
      time: new Date(time * 1000).toISOString(),
      provider: 'open-meteo',
      values: {
        ...{ temp: 4.5, feels_like: 1, temp_min: 4.5, temp_max: 4.5, pressure: 1012.3 },
        ...{ speed: 3.6, deg: 210, gust: 9 },
      },
    });
    expect(server.requests[0]).toMatchObject({
      path: '/v1/forecast',
      params: {
        latitude: '53.893009',
        longitude: '27.567444',
        wind_speed_unit: 'ms',
        timeformat: 'unixtime',
      },
    });
    expect(JSON.stringify(server.requests)).not.toContain(key);
  });

  test.each<[Provider, string, Answer, Partial<Observation['values']>]>([
    ['openweather', 'gust', openWeather(), { gust: null, speed: 3.6, deg: 210 }],
    [
      'openweather',
      'direction in calm',
      openWeather({ wind: { speed: 0, deg: undefined } }),
      { speed: 0, deg: null },
    ],
    ['openweather', 'wind', openWeather({ wind: null }), { temp: 4.5, speed: null, deg: null, gust: null }],
    [
      'openweather',
      'anything else',
      bare,
      { temp: 4.5, feels_like: null, temp_min: null, pressure: null, speed: null },
    ],
    ['open-meteo', 'gust', openMeteo({ wind_gusts_10m: undefined }), { gust: null, speed: 3.6 }],
    [
      'open-meteo',
      'wind',
      openMeteo({ wind_speed_10m: null, wind_direction_10m: null }),
      { temp: 4.5, speed: null, deg: null },
    ],
  ])('of %s may be without %s', async (provider, _, answer, values) => {
    server.answers = () => answer;
    expect((await runActivity(observe(providers[provider]), { place })).values).toMatchObject(values);
  });

  test.each([
    ['almost two hours old', -2 * hour + 30_000],
    ['from a clock that is slightly ahead', 9 * 60_000],
  ])('is accepted when it is %s', async (_, ms) => {
    const dt = seconds(Date.now() + ms);
    server.answers = () => openWeather({ dt });
    expect(Date.parse((await runActivity(observe(), { place })).time)).toBe(dt * 1000);
  });

  test('can come from an address with a path', async () => {
    await runActivity(observe({ url: `${server.url}/` }), { place });
    expect(server.requests[0]!.path).toBe('/data/2.5/weather');
    const failure = await failureOf(observe({ url: `${server.url}/behind/a/proxy/` }), { place });
    expect(server.requests[1]!.path).toBe('/behind/a/proxy/data/2.5/weather');
    expect(failure.message).toContain('OpenWeather returned 404');
  });
});

const invalidKey = 'Invalid API key. Please see https://openweathermap.org/faq#error401 for more info.';

describe.each(['openweather', 'open-meteo'] as const)('an observation fails finally when %s', (provider) => {
  test.each([
    ['rejects the key', 401, invalidKey, 'Correct weather.api_key, unblock the key'],
    ['has blocked the key', 403, 'Your account is blocked.', 'Correct weather.api_key, unblock the key'],
    ['does not know the place', 404, 'city not found', 'Correct the place, or weather.url.'],
    [
      'rejects the request',
      400,
      'Latitude must be in range of -90 to 90°.',
      'Correct the place, or weather.url.',
    ],
  ])('%s', async (_, status, message, advice) => {
    for (const body of [{ cod: status, message }, { error: true, reason: message }, message]) {
      const failure = await refusal(provider, { status, body });
      expect(failure).toMatchObject({ type: failureTypes.cannotRead, nonRetryable: true });
      expect(failure.message).toContain(
        `${subject}${serviceNames[provider]} returned ${status} (${message}). ${advice}`,
      );
    }
  });

  test('redirects', async () => {
    const failure = await refusal(provider, { status: 302, headers: { location: `${server.url}/login` } });
    expect(failure).toMatchObject({ type: failureTypes.cannotRead, nonRetryable: true });
    expect(server.requests).toHaveLength(1);
  });
});

describe.each(['openweather', 'open-meteo'] as const)('an observation is retried when %s', (provider) => {
  test.each<[string, Answer, string]>([
    ['fails', { status: 500, body: { message: 'Internal error' } }, 'returned 500 (Internal error).'],
    [
      'is behind a proxy that fails',
      { status: 502, body: '<html>\n <b>Bad</b>  Gateway' },
      'returned 502 (<html> <b>Bad</b> Gateway).',
    ],
    ['is unavailable', { status: 503 }, 'returned 503 (empty response).'],
    ['timed out', { status: 408 }, 'returned 408 (empty response).'],
    ['resets the connection', 'reset', 'failed (connection reset).'],
    ['resets the connection in the middle of a response', 'reset midway', 'the request to '],
    ['does not respond', 'silence', 'sent no complete response within 0.4 s.'],
    ['sends a response that trickles forever', 'drip', 'sent no complete response within 0.4 s.'],
    ['sends too much', 'flood', 'sent a response of more than 20 MB.'],
    [
      'announces a compressed response but sends a plain one',
      { headers: { 'content-encoding': 'gzip' }, body: 'not gzip' },
      'the request to ',
    ],
  ])('%s', async (_, answer, sentence) => {
    const failure = await refusal(provider, answer);
    expect(failure).toMatchObject({ type: failureTypes.unavailable, nonRetryable: false });
    expect(failure.nextRetryDelay).toBeUndefined();
    expect(failure.message).toMatch(new RegExp(`^${subject}(the request to )?${serviceNames[provider]} `));
    expect(failure.message).toContain(sentence);
  });

  test('cannot be reached', async () => {
    const failure = await refusal(provider, 'weather', { url: `http://${nowhere}` });
    expect(failure).toMatchObject({ type: failureTypes.unavailable, nonRetryable: false });
    expect(failure.message).toBe(
      `${subject}the request to ${serviceNames[provider]} at ${nowhere} failed (connection refused).`,
    );
  });

  test('has a name that is slow to resolve and then fails', async () => {
    const lookup = jest.spyOn(dns, 'lookup') as unknown as jest.SpyInstance;
    lookup.mockImplementation((...given: unknown[]) => {
      const done = given.at(-1) as (error: Error) => void;
      // Longer than the five seconds after which Node's agent gives up a name: that timer is what is tested.
      setTimeout(
        () => done(Object.assign(new Error('No name server answers.'), { code: 'EAI_AGAIN' })),
        5_500,
      );
    });
    try {
      const failure = await refusal(provider, 'weather', { url: 'http://weather.invalid' });
      expect(failure.message).toContain('failed (the name server does not answer).');
    } finally {
      lookup.mockRestore();
    }
  }, 15_000);

  const inTenMinutes = () => new Date(Date.now() + 600_000).toUTCString();
  test.each([
    ['', undefined, 60, 60],
    [' and asks for a pause in seconds', '17', 17, 17],
    [' and asks for a pause until a time', inTenMinutes, 590, 601],
    [' and asks for no pause', '0', 1, 1],
    [' and asks for a pause until a past time', 'Wed, 21 Oct 2015 07:28:00 GMT', 1, 1],
    [' and asks for a pause of a year', '31536000', 86_400, 86_400],
    [' and asks for a pause in words', 'soon', 60, 60],
  ])('limits the rate%s, after that pause', async (_, given, least, most) => {
    const retryAfter = typeof given === 'function' ? given() : given;
    const failure = await refusal(provider, {
      status: 429,
      headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
      body: { message: 'Limit exceeded' },
    });
    expect(failure).toMatchObject({ type: failureTypes.unavailable, nonRetryable: false });
    expect(failure.message).toContain('returned 429 (Limit exceeded)');
    const delay = Number(failure.nextRetryDelay) / 1_000;
    expect(failure.message).toMatch(/The next attempt is made after \d+ s\.$/);
    expect(delay).toBeGreaterThanOrEqual(least);
    expect(delay).toBeLessThanOrEqual(most);
  });

  test.each<[string, unknown, RegExp]>([
    ['a page', '<!doctype html><title>Welcome</title>', /the response of .* is not JSON: <!doctype html>/],
    ['nothing', '', /is not JSON: empty response\.$/],
    ['half a document', '{"main":{"temp":4', /is not JSON: /],
    ['null', 'null', /has an unexpected shape \(the document: /],
    ['a list', [], /has an unexpected shape/],
    ['a number', 4, /has an unexpected shape/],
    ['another document', { cod: 200 }, /has an unexpected shape/],
  ])('responds with %s', async (_, body, sentence) => {
    const failure = await refusal(provider, { body });
    expect(failure).toMatchObject({ type: failureTypes.noObservation, nonRetryable: false });
    expect(failure.message).toMatch(sentence);
  });
});

const tooOld = 'the latest observation of ';
const tooNew = 'reports an observation from the future (';

describe('OpenWeather responses are rejected', () => {
  test.each<[string, () => Answer, string]>([
    ['without a temperature', () => openWeather({ main: { temp: undefined } }), '(main.temp: '],
    ['with a temperature in words', () => openWeather({ main: { temp: '4.5' } }), '(main.temp: '],
    ['without a time', () => openWeather({ dt: undefined }), '(dt: '],
    ['with a time in words', () => openWeather({ dt: new Date().toISOString() }), '(dt: '],
    [
      'of 900 degrees',
      () => openWeather({ main: { temp: 900 } }),
      'OpenWeather reports temp 900, which is out of range (-95 to 65).',
    ],
    ['in kelvin', () => openWeather({ main: { temp: 277.6 } }), 'reports temp 277.6,'],
    ['that feel like -200', () => openWeather({ main: { feels_like: -200 } }), 'reports feels_like -200,'],
    ['with a pressure of 0', () => openWeather({ main: { pressure: 0 } }), 'reports pressure 0,'],
    [
      'with a pressure in pascals',
      () => openWeather({ main: { pressure: 101_200 } }),
      'reports pressure 101200,',
    ],
    ['with a negative wind speed', () => openWeather({ wind: { speed: -1 } }), 'reports speed -1,'],
    ['with a wind from 361°', () => openWeather({ wind: { deg: 361 } }), 'reports deg 361,'],
    ['with a gust of 1e308', () => openWeather({ wind: { gust: 1e308 } }), 'reports gust 1e+308,'],
    [
      'from 1970',
      () => openWeather({ dt: 0 }),
      `${tooOld}OpenWeather is from 1970-01-01T00:00:00.000Z, more than two hours ago.`,
    ],
    ['from tomorrow', () => openWeather({ dt: seconds(Date.now() + 24 * hour) }), tooNew],
    ['with a time in milliseconds', () => openWeather({ dt: Date.now() }), tooNew],
    ['with an impossibly large time', () => openWeather({ dt: 1e300 }), 'reports an invalid timestamp ('],
    ['with a time between two milliseconds', () => openWeather({ dt: 0.0001 }), 'invalid timestamp (0.1 ms)'],
    ['more than two hours old', () => openWeather({ dt: seconds(Date.now() - 2 * hour - 5_000) }), tooOld],
    ['eleven minutes ahead', () => openWeather({ dt: seconds(Date.now() + 11 * 60_000) }), tooNew],
  ])('%s', async (_, answer, sentence) => {
    const failure = await refusal('openweather', answer());
    expect(failure).toMatchObject({ type: failureTypes.noObservation, nonRetryable: false });
    expect(failure.message.startsWith(subject)).toBe(true);
    expect(failure.message).toContain(sentence);
  });
});

describe('Open-Meteo responses are rejected', () => {
  test.each<[string, () => Answer, string]>([
    ['without a temperature', () => openMeteo({ temperature_2m: null }), '(temperature_2m: '],
    ['that omit the temperature', () => openMeteo({ temperature_2m: undefined }), '(temperature_2m: '],
    ['with a temperature in words', () => openMeteo({ temperature_2m: 'cold' }), 'unexpected shape'],
    ['without a time', () => openMeteo({ time: undefined }), '(current.time: '],
    ['with a time in words', () => openMeteo({ time: '2026-11-24T13:00' }), '(current.time: '],
    ['of 900 degrees', () => openMeteo({ temperature_2m: 900 }), 'Open-Meteo reports temp 900,'],
    ['from 1970', () => openMeteo({ time: 1 }), tooOld],
    ['from tomorrow', () => openMeteo({ time: seconds(Date.now() + 24 * hour) }), tooNew],
    ['more than two hours old', () => openMeteo({ time: seconds(Date.now() - 2 * hour - 5_000) }), tooOld],
  ])('%s', async (_, answer, sentence) => {
    const failure = await refusal('open-meteo', answer());
    expect(failure).toMatchObject({ type: failureTypes.noObservation, nonRetryable: false });
    expect(failure.message.startsWith(subject)).toBe(true);
    expect(failure.message).toContain(sentence);
  });
});

describe('the key', () => {
  test.each([key, 'with/strange+signs=&more', 'a:colon,a comma$', "quo'te(s)!*"])(
    'is redacted when a service or a proxy repeats it: %s',
    async (secret) => {
      const apiKey = { value: secret };
      const queries = [
        encodeURIComponent(secret),
        new URLSearchParams({ appid: secret }).toString().slice('appid='.length),
      ];
      for (const query of [secret, ...queries]) {
        for (const answer of [
          { status: 401, body: { message: `Invalid API key ${query}.` } },
          { status: 502, body: `<p>GET /data/2.5/weather?appid=${query}</p>` },
          { body: `<html>${query}` },
          // The excerpt ends in the middle of the key.
          { status: 500, body: { message: `${'x'.repeat(110)}${query}` } },
        ]) {
          const failure = await refusal('openweather', answer, { apiKey });
          expect(failure.message).not.toContain(query);
          expect(failure.message).not.toContain(query.slice(0, 8));
        }
      }
      const { appid } = server.requests[0]!.params;
      expect(appid).toBe(secret);
    },
  );

  test.each<Answer>([
    'reset',
    'reset midway',
    'silence',
    'drip',
    { status: 401, headers: { 'x-echo': key } },
  ])('is in no failure after %j', async (answer) => {
    await refusal('openweather', answer);
  });
});

test('an unknown place is a final failure', async () => {
  const failure = await failureOf(observe(), { place: 'atlantis' });
  expect(failure).toMatchObject({ type: failureTypes.badConfig, nonRetryable: true });
  expect(failure.message).toBe('place "atlantis": not in the config, which has minsk, warsaw, kolkata.');
});

test('a cancelled observation ends its request at once', async () => {
  server.answers = () => 'silence';
  const config = weatherConfig(server.url, '/nowhere');
  const activities = createActivities({ config, timeouts: { ...defaultTimeouts, requestMs: 60_000 } });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const ended = environment.run(activities.observe, { place }).catch((error: unknown) => error);
  await eventually('the request has arrived', () => server.requests.length > 0);
  environment.cancel();
  expect(await ended).toBeInstanceOf(CancelledFailure);
});
