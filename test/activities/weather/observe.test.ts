import dns from 'node:dns';
import { inspect } from 'node:util';
import { CancelledFailure } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../../activities/index.ts';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { failureTypes } from '../../../model/failure.ts';
import type { Provider, WeatherConfig } from '../../../model/weather.ts';
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
const says = {
  openweather: 'place "minsk", OpenWeather',
  'open-meteo': 'place "minsk", Open-Meteo',
} as const;

function observe(weather: Partial<WeatherConfig> = {}, patienceMs = 10_000) {
  const config = weatherConfig(server.url, '/nowhere', weather);
  return createActivities({ config, timeouts: { ...defaultTimeouts, requestMs: patienceMs } }).observe;
}

/** How a step fails whose only request is answered so. The key is in no corner of it. */
async function refusal(
  provider: Provider,
  answer: Answer,
  weather: Partial<WeatherConfig> = {},
): Promise<ApplicationFailure> {
  server.answers = () => answer;
  // A fault that does not hold the answer back is the one that is found.
  const patienceMs = answer === 'silence' || answer === 'drip' ? requestMs : 10_000;
  const failure = await failureOf(observe({ ...providers[provider], ...weather }, patienceMs), { place });
  const secret = weather.apiKey && 'value' in weather.apiKey ? weather.apiKey.value : key;
  for (const told of [
    failure.message,
    failure.stack,
    JSON.stringify(failure),
    inspect(failure, { depth: 20, showHidden: true }),
  ])
    for (const form of [secret, encodeURIComponent(secret)]) expect(told).not.toContain(form);
  expect(failure.cause).toBeUndefined();
  return failure;
}

const seconds = (ms: number) => Math.floor(ms / 1000);
const hour = 3_600_000;

/** What OpenWeather answers, in which `change` is changed. */
function openWeather(change: { main?: object; wind?: object; [rest: string]: unknown } = {}): Answer {
  const { main, wind, ...rest } = change;
  return {
    body: {
      main: { temp: 4.5, feels_like: 1, temp_min: 4, temp_max: 5, pressure: 1012, ...main },
      wind: { speed: 3.6, deg: 210, ...wind },
      dt: seconds(Date.now()),
      ...rest,
    },
  };
}

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
  test('of OpenWeather has its own time and metric values, and is asked for with the key', async () => {
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

  test('of Open-Meteo has its own time and metric values, and is asked for without a key', async () => {
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

  test.each([
    ['openweather', openWeather()],
    ['openweather', openWeather({ wind: { gust: null } })],
    ['open-meteo', openMeteo({ wind_gusts_10m: null })],
    ['open-meteo', openMeteo({ wind_gusts_10m: undefined })],
  ] as const)('of %s may be without a gust', async (provider, answer) => {
    server.answers = () => answer;
    expect((await runActivity(observe(providers[provider]), { place })).values.gust).toBeNull();
  });

  test.each([
    ['almost two hours old', -2 * hour + 30_000],
    ['of a clock that goes a little ahead', 9 * 60_000],
  ])('is taken when it is %s', async (_, ms) => {
    const dt = seconds(Date.now() + ms);
    server.answers = () => openWeather({ dt });
    expect(Date.parse((await runActivity(observe(), { place })).time)).toBe(dt * 1000);
  });

  test('comes from an address with a path of its own', async () => {
    await runActivity(observe({ url: `${server.url}/` }), { place });
    expect(server.requests[0]!.path).toBe('/data/2.5/weather');
    const failure = await failureOf(observe({ url: `${server.url}/behind/a/proxy/` }), { place });
    expect(server.requests[1]!.path).toBe('/behind/a/proxy/data/2.5/weather');
    expect(failure.message).toContain('answered 404');
  });
});

const invalidKey = 'Invalid API key. Please see https://openweathermap.org/faq#error401 for more info.';

describe.each(['openweather', 'open-meteo'] as const)('somebody has to act when %s', (provider) => {
  test.each([
    ['refuses the key', 401, invalidKey, 'correct weather.api_key, unblock the key'],
    ['has blocked the key', 403, 'Your account is blocked.', 'correct weather.api_key, unblock the key'],
    ['knows no such place', 404, 'city not found', 'correct the place, or weather.url'],
    [
      'finds the request wrong',
      400,
      'Latitude must be in range of -90 to 90°.',
      'correct the place, or weather.url',
    ],
  ])('%s', async (_, status, message, advice) => {
    for (const body of [{ cod: status, message }, { error: true, reason: message }, message]) {
      const failure = await refusal(provider, { status, body });
      expect(failure).toMatchObject({ type: failureTypes.cannotRead, nonRetryable: true });
      expect(failure.message).toContain(`${says[provider]} answered ${status} (${message}); ${advice}`);
    }
  });

  test('leads elsewhere', async () => {
    const failure = await refusal(provider, { status: 302, headers: { location: `${server.url}/login` } });
    expect(failure).toMatchObject({ type: failureTypes.cannotRead, nonRetryable: true });
    expect(server.requests).toHaveLength(1);
  });
});

describe.each(['openweather', 'open-meteo'] as const)('it is asked again when %s', (provider) => {
  test.each<[string, Answer, string]>([
    [
      'fails',
      { status: 500, body: { message: 'Internal error' } },
      'answered 500 (Internal error); this is tried again.',
    ],
    [
      'is behind a proxy that fails',
      { status: 502, body: '<html>\n <b>Bad</b>  Gateway' },
      'answered 502 (<html> <b>Bad</b> Gateway); ',
    ],
    ['is not there', { status: 503 }, 'answered 503 (an empty answer); this is tried again.'],
    ['waited too long for us', { status: 408 }, 'answered 408 (an empty answer); this is tried again.'],
    ['resets the connection', 'reset', 'could not be asked (ECONNRESET)'],
    ['resets the connection in the middle of its answer', 'reset midway', 'could not be asked ('],
    ['says nothing', 'silence', 'gave no whole answer within 0.4 s; this is tried again.'],
    ['drips forever', 'drip', 'gave no whole answer within 0.4 s; this is tried again.'],
    ['floods', 'flood', 'answered with far more than weather'],
    [
      'says that it answers compressed, and does not',
      { headers: { 'content-encoding': 'gzip' }, body: 'no gzip at all' },
      'could not be asked (',
    ],
  ])('%s', async (_, answer, sentence) => {
    const failure = await refusal(provider, answer);
    expect(failure).toMatchObject({ type: failureTypes.unavailable, nonRetryable: false });
    expect(failure.nextRetryDelay).toBeUndefined();
    expect(failure.message).toContain(says[provider]);
    expect(failure.message).toContain(sentence);
  });

  test('is out of reach', async () => {
    const failure = await refusal(provider, 'weather', { url: `http://${nowhere}` });
    expect(failure).toMatchObject({ type: failureTypes.unavailable, nonRetryable: false });
    expect(failure.message).toBe(
      `${says[provider]} at ${nowhere} could not be asked (ECONNREFUSED); this is tried again.`,
    );
  });

  test('has no address, which takes a while to find out', async () => {
    const lookup = jest.spyOn(dns, 'lookup') as unknown as jest.SpyInstance;
    lookup.mockImplementation((...given: unknown[]) => {
      const done = given.at(-1) as (error: Error) => void;
      setTimeout(() => done(Object.assign(new Error('Nobody answers.'), { code: 'EAI_AGAIN' })), 5_500);
    });
    try {
      const failure = await refusal(provider, 'weather', { url: 'http://weather.invalid' });
      expect(failure.message).toContain('could not be asked (EAI_AGAIN); this is tried again.');
    } finally {
      lookup.mockRestore();
    }
  }, 15_000);

  const inTenMinutes = () => new Date(Date.now() + 600_000).toUTCString();
  test.each([
    ['', undefined, 60, 60],
    [' and says for how many seconds', '17', 17, 17],
    [' and says until when', inTenMinutes, 590, 601],
    [' and says at once', '0', 1, 1],
    [' and says until a moment that has passed', 'Wed, 21 Oct 2015 07:28:00 GMT', 1, 1],
    [' and says for a year', '31536000', 86_400, 86_400],
    [' and says something', 'soon', 60, 60],
  ])('is asked too often%s, then, and not before', async (_, given, least, most) => {
    const retryAfter = typeof given === 'function' ? given() : given;
    const failure = await refusal(provider, {
      status: 429,
      headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
      body: { message: 'Limit exceeded' },
    });
    expect(failure).toMatchObject({ type: failureTypes.unavailable, nonRetryable: false });
    expect(failure.message).toContain('answered 429 (Limit exceeded)');
    const delay = Number.parseInt(String(failure.nextRetryDelay), 10);
    expect(delay).toBeGreaterThanOrEqual(least);
    expect(delay).toBeLessThanOrEqual(most);
  });

  test.each<[string, unknown, RegExp]>([
    ['a page', '<!doctype html><title>Welcome</title>', /answered with what is no JSON: <!doctype html>/],
    ['nothing', '', /answered with what is no JSON: an empty answer/],
    ['half a document', '{"main":{"temp":4', /answered with what is no JSON/],
    ['null', 'null', /in another shape than it promises \(the answer: /],
    ['a list', [], /in another shape than it promises/],
    ['a number', 4, /in another shape than it promises/],
    ['another document', { cod: 200 }, /in another shape than it promises/],
  ])('answers with %s', async (_, body, sentence) => {
    const failure = await refusal(provider, { body });
    expect(failure).toMatchObject({ type: failureTypes.noObservation, nonRetryable: false });
    expect(failure.message).toMatch(sentence);
  });
});

const tooOld = 'has nothing newer than';
const tooNew = 'which is yet to come';

describe('no observation is made of an answer of OpenWeather', () => {
  test.each<[string, () => Answer, string]>([
    ['without a temperature', () => openWeather({ main: { temp: undefined } }), '(main.temp: '],
    ['with a temperature in words', () => openWeather({ main: { temp: '4.5' } }), '(main.temp: '],
    ['without a wind', () => openWeather({ wind: { speed: undefined, deg: null } }), 'wind.speed: '],
    ['without a pressure', () => openWeather({ main: { pressure: null } }), '(main.pressure: '],
    ['without a time', () => openWeather({ dt: undefined }), '(dt: '],
    ['with a time in words', () => openWeather({ dt: new Date().toISOString() }), '(dt: '],
    [
      'of 900 degrees',
      () => openWeather({ main: { temp: 900 } }),
      'gives temp as 900, which cannot be (-95 to 65)',
    ],
    ['in kelvin', () => openWeather({ main: { temp: 277.6 } }), 'gives temp as 277.6'],
    ['that feels like -200', () => openWeather({ main: { feels_like: -200 } }), 'gives feels_like as -200'],
    ['of pressure 0', () => openWeather({ main: { pressure: 0 } }), 'gives pressure as 0'],
    ['of pressure in pascal', () => openWeather({ main: { pressure: 101_200 } }), 'gives pressure as 101200'],
    ['with a wind below nothing', () => openWeather({ wind: { speed: -1 } }), 'gives speed as -1'],
    ['with a wind from 361°', () => openWeather({ wind: { deg: 361 } }), 'gives deg as 361'],
    ['with a gust of 1e308', () => openWeather({ wind: { gust: 1e308 } }), 'gives gust as 1e+308'],
    ['of 1970', () => openWeather({ dt: 0 }), `${tooOld} 1970-01-01T00:00:00.000Z`],
    ['of tomorrow', () => openWeather({ dt: seconds(Date.now() + 24 * hour) }), tooNew],
    ['of milliseconds', () => openWeather({ dt: Date.now() }), tooNew],
    ['of a time beyond all', () => openWeather({ dt: 1e300 }), 'which is none'],
    ['of a time between two milliseconds', () => openWeather({ dt: 0.0001 }), 'which is none'],
    ['more than two hours old', () => openWeather({ dt: seconds(Date.now() - 2 * hour - 5_000) }), tooOld],
    ['eleven minutes ahead', () => openWeather({ dt: seconds(Date.now() + 11 * 60_000) }), tooNew],
  ])('%s', async (_, answer, sentence) => {
    const failure = await refusal('openweather', answer());
    expect(failure).toMatchObject({ type: failureTypes.noObservation, nonRetryable: false });
    expect(failure.message).toContain(`${says.openweather} `);
    expect(failure.message).toContain(sentence);
  });
});

describe('no observation is made of an answer of Open-Meteo', () => {
  test.each<[string, () => Answer, string]>([
    ['without a temperature', () => openMeteo({ temperature_2m: null }), '(temperature_2m: '],
    ['that leaves the temperature out', () => openMeteo({ temperature_2m: undefined }), '(temperature_2m: '],
    ['without a wind', () => openMeteo({ wind_speed_10m: null }), '(wind_speed_10m: '],
    ['with a temperature in words', () => openMeteo({ temperature_2m: 'cold' }), 'another shape'],
    ['without a time', () => openMeteo({ time: undefined }), '(current.time: '],
    ['with a time in words', () => openMeteo({ time: '2026-11-24T13:00' }), '(current.time: '],
    ['of 900 degrees', () => openMeteo({ temperature_2m: 900 }), 'gives temp as 900'],
    ['of 1970', () => openMeteo({ time: 1 }), tooOld],
    ['of tomorrow', () => openMeteo({ time: seconds(Date.now() + 24 * hour) }), tooNew],
    ['more than two hours old', () => openMeteo({ time: seconds(Date.now() - 2 * hour - 5_000) }), tooOld],
  ])('%s', async (_, answer, sentence) => {
    const failure = await refusal('open-meteo', answer());
    expect(failure).toMatchObject({ type: failureTypes.noObservation, nonRetryable: false });
    expect(failure.message).toContain(`${says['open-meteo']} `);
    expect(failure.message).toContain(sentence);
  });
});

describe('the key', () => {
  test.each([key, 'with/strange+signs=&more', 'a:colon,a comma$', "quo'te(s)!*"])(
    'is not said again where a service or a proxy repeats it: %s',
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
          // Cut in the middle of it.
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

test('a place that the config does not have is a final failure', async () => {
  const failure = await failureOf(observe(), { place: 'atlantis' });
  expect(failure).toMatchObject({ type: failureTypes.badConfig, nonRetryable: true });
  expect(failure.message).toBe('There is no place "atlantis"; the config has minsk, warsaw, kolkata.');
});

test('a step that is cancelled ends its request at once', async () => {
  server.answers = () => 'silence';
  const config = weatherConfig(server.url, '/nowhere');
  const activities = createActivities({ config, timeouts: { ...defaultTimeouts, requestMs: 60_000 } });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const ended = environment.run(activities.observe, { place }).catch((error: unknown) => error);
  await eventually('it has asked', () => server.requests.length > 0);
  environment.cancel();
  expect(await ended).toBeInstanceOf(CancelledFailure);
});
