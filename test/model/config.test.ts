import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, parseConfig } from '../../model/config.ts';

const env = {
  PROJECT_A_URL: 'postgres://reader:first-secret@a/shop',
  PROJECT_B_URL: 'postgres://reader:second-secret@b/shop',
  PROJECT_C_URL: 'postgres://reader:third-secret@c/shop',
  WAREHOUSE_URL: 'postgres://writer:fourth-secret@w/warehouse',
};

const usual = `sources:
  project_a: { url: $PROJECT_A_URL }      # any libpq URL
  project_b: { url: $PROJECT_B_URL }
  project_c: { url: $PROJECT_C_URL }
warehouse: { url: $WAREHOUSE_URL }
staging: ./staging                        # one folder that all workers mount
tables:                                   # key: from the primary key unless given
  user_sessions:  {}
  events:         {}
  pages:          {}
  transactions:   {}
  exchange_rates: { from: project_a }     # read from one source only
schedules: { sync: 10m }
`;

/** The errors of a config, or of its tables where it has no others. */
function errorsOf(text: string, given: Record<string, string | undefined> = env): readonly string[] {
  try {
    const { tables, sources } = parseConfig(text, 'tidehouse.yaml', given);
    const lists = [tables, ...Object.values(sources).map((source) => source.tables ?? {})];
    return lists.flatMap((list) => Object.values(list).flatMap(({ error }) => error ?? []));
  } catch (error) {
    if (error instanceof ConfigError) return error.errors;
    throw error;
  }
  return [];
}

/** The usual config in which `from` reads `to`. */
function changed(from: string, to: string): string {
  if (!usual.includes(from)) throw new Error(`${from} is not in the config.`);
  return usual.replace(from, to);
}

describe('a config', () => {
  test('is read with all its keys', () => {
    expect(parseConfig(usual, 'tidehouse.yaml', env)).toEqual({
      sources: {
        project_a: { url: { env: 'PROJECT_A_URL' } },
        project_b: { url: { env: 'PROJECT_B_URL' } },
        project_c: { url: { env: 'PROJECT_C_URL' } },
      },
      warehouse: { url: { env: 'WAREHOUSE_URL' } },
      staging: './staging',
      tables: {
        user_sessions: {},
        events: {},
        pages: {},
        transactions: {},
        exchange_rates: { from: 'project_a' },
      },
      alerts: {
        lateAfterMs: 30 * 60_000,
        stuckAfterMs: 15 * 60_000,
        weatherAfterMs: 2 * 3_600_000,
        remindAfterMs: 24 * 3_600_000,
        quietMs: 15 * 60_000,
        diskFree: 0.05,
      },
      schedules: { sync: 600_000, weather: 3_600_000, audit: 86_400_000, alerts: 60_000 },
    });
  });

  test('requires only sources, warehouse, staging and tables', () => {
    const { schedules } = parseConfig(changed('schedules: { sync: 10m }\n', ''), 'tidehouse.yaml', env);
    expect(schedules).toEqual({ sync: 600_000, weather: 3_600_000, audit: 86_400_000, alerts: 60_000 });
  });

  test('can have a table without options, or with its key', () => {
    const text = changed('events:         {}', 'events:').replace(
      'pages:          {}',
      'pages: { key: [id] }',
    );
    expect(parseConfig(text, 'tidehouse.yaml', env).tables).toMatchObject({
      events: {},
      pages: { key: ['id'] },
    });
  });

  test.each([
    ['a variable', '$PROJECT_A_URL', { env: 'PROJECT_A_URL' }],
    ['a file', '{ file: /run/secrets/a }', { file: '/run/secrets/a' }],
    ['itself', 'postgres://reader@a/shop', { value: 'postgres://reader@a/shop' }],
    [
      'itself in the long form',
      "'postgresql://reader@a/shop?sslmode=require'",
      { value: 'postgresql://reader@a/shop?sslmode=require' },
    ],
  ])('refers to a URL by %s', (_title, url, secret) => {
    const config = parseConfig(changed('$PROJECT_A_URL', url), 'tidehouse.yaml', env);
    expect(config.sources['project_a']).toEqual({ url: secret });
  });

  test.each([
    ['30s', 30_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
  ])('can have an interval such as %s', (text, ms) => {
    expect(parseConfig(changed('10m', text), 'tidehouse.yaml', env).schedules.sync).toBe(ms);
  });

  test.each([
    ['all', 'all', { all: {} }],
    ['a list', '[events, sales.*, public.log_*]', { events: {}, 'sales.*': {}, 'public.log_*': {} }],
    [
      'a map with options',
      '{ "sales.*": { except: [sales.tmp_*], as: "{source}_{table}" }, hr.employees: }',
      { 'sales.*': { except: ['sales.tmp_*'], as: '{source}_{table}' }, 'hr.employees': {} },
    ],
    [
      'the name of a property of every object',
      '[constructor, public.__proto__]',
      { constructor: {}, 'public.__proto__': {} },
    ],
    [
      'such a name as a key, with options',
      '{ constructor: {}, __proto__: { strategy: copy }, toString: { as: strings } }',
      { constructor: {}, 'public.__proto__': { strategy: 'copy' }, toString: { as: 'strings' } },
    ],
  ])('can choose tables by %s', (_title, text, tables) => {
    const read = usual.replace(/tables:[^]*(?=schedules)/, `tables: ${text}\n`);
    expect(parseConfig(read, 'tidehouse.yaml', env).tables).toEqual(tables);
  });

  test('can have tables of one source, in addition to the common ones or instead of them', () => {
    const text = changed(
      '{ url: $PROJECT_B_URL }',
      '{ url: $PROJECT_B_URL, tables: [orders], common_tables: false }',
    );
    expect(parseConfig(text, 'tidehouse.yaml', env).sources['project_b']).toEqual({
      url: { env: 'PROJECT_B_URL' },
      tables: { orders: {} },
      commonTables: false,
    });
  });
});

test('every recipe in docs/tables.md is a config without errors', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'tables.md'), 'utf8');
  const recipes = [...page.matchAll(/^\| [^|`]+ \| `([^|`]+)`/gm)].map(([, recipe]) => recipe!);
  expect(recipes.length).toBeGreaterThan(10);
  for (const recipe of recipes) {
    const lines = recipe.startsWith('sources:')
      ? `${recipe}\ntables: all`
      : `sources: { shop: { url: $PROJECT_A_URL } }\ntables:\n  ${recipe}`;
    const text = `${lines}\nwarehouse: { url: $WAREHOUSE_URL }\nstaging: ./staging\nmask_salt: $MASK_SALT`;
    expect(errorsOf(text, { ...env, MASK_SALT: 'salt', CRM_URL: 'postgres://crm' })).toEqual([]);
  }
});

describe('errors in the lines of tables', () => {
  test('concern only these tables, which keep what says which they are', () => {
    const text = changed('{ url: $PROJECT_B_URL }', '{ url: $PROJECT_B_URL, tables: [orders, "a\\0b"] }')
      .replace('events:         {}', '"app.*": { as: "app_{table}", except: [tmp_*], kee: [id], mask: 5 }')
      .replace('pages:          {}', 'pages: { from: project_c, columns: { only: [] } }')
      .replace('transactions:   {}', 'transactions: { max_deletes: 30 }');
    const { tables, sources } = parseConfig(text, 'tidehouse.yaml', env);
    expect(tables).toEqual({
      user_sessions: {},
      'app.*': {
        ...{ as: 'app_{table}', except: ['tmp_*'] },
        error:
          'tidehouse.yaml:9: tables.app.*.mask: expected columns and their masks, for example { email: sha256, phone: { last: 4 }, note: null }; tidehouse.yaml:9: tables.app.*.kee: unknown key; remove it or correct its name',
      },
      pages: { from: 'project_c', except: [], error: expect.stringMatching(/columns/) as string },
      transactions: {
        except: [],
        error: expect.stringMatching(/^tidehouse.yaml:11: .*expected a percentage of the rows/) as string,
      },
      exchange_rates: { from: 'project_a' },
    });
    expect(sources['project_b']!.tables).toEqual({
      orders: {},
      'a\0b': { error: expect.stringMatching(/^tidehouse.yaml:3: sources.project_b.tables.1: /) as string },
    });
  });
});

describe('errors', () => {
  test('are all reported at once, each with file, line, key, the expected shape and an example', () => {
    const text = changed('project_b: { url: $PROJECT_B_URL }', 'project_b: { url: 5 }')
      .replace('warehouse: { url: $WAREHOUSE_URL }', 'warehouse: here')
      .replace('staging: ./staging', 'staging: [a]')
      .replace('exchange_rates: { from: project_a }', 'exchange_rates: { from: project_d }')
      .replace('sync: 10m', 'sync: soon');
    expect(errorsOf(text)).toMatchInlineSnapshot(`
     [
       "tidehouse.yaml:3: sources.project_b.url: expected where to find a Postgres URL, for example $SHOP_URL, { file: /run/secrets/shop } or postgres://reader@db.example.com/shop",
       "tidehouse.yaml:5: warehouse: expected the warehouse, for example warehouse: { url: $WAREHOUSE_URL }",
       "tidehouse.yaml:6: staging: expected a folder that all workers mount, for example ./staging",
       "tidehouse.yaml:13: schedules.sync: expected an interval such as 30s, 10m or 1h, got "soon"",
       "tidehouse.yaml:12: tables.exchange_rates.from: there is no source "project_d"; the config has project_a, project_b, project_c",
     ]
    `);
  });

  test.each([
    [
      'at the top',
      'staging: ./staging',
      'staging: ./staging\nstagign: x',
      'tidehouse.yaml:7: stagign: unknown key; remove it or correct its name',
    ],
    [
      'of a source',
      '{ url: $PROJECT_B_URL }',
      '{ url: $PROJECT_B_URL, pasword: x }',
      'tidehouse.yaml:3: sources.project_b.pasword: unknown key; remove it or correct its name',
    ],
    [
      'of a table',
      'pages:          {}',
      'pages: { colums: [a] }',
      'tidehouse.yaml:10: tables.pages.colums: unknown key; remove it or correct its name',
    ],
    [
      'of schedules',
      'sync: 10m',
      'sync: 10m, snyc: 5m',
      'tidehouse.yaml:13: schedules.snyc: unknown key; remove it or correct its name',
    ],
  ])('include unknown keys: %s', (_title, from, to, error) => {
    expect(errorsOf(changed(from, to))).toEqual([error]);
  });

  test('include variables that are not set or empty', () => {
    expect(errorsOf(usual, { ...env, PROJECT_B_URL: undefined, WAREHOUSE_URL: '' })).toEqual([
      'tidehouse.yaml:3: sources.project_b.url: the environment variable PROJECT_B_URL is not set; for example export PROJECT_B_URL=postgres://reader@db.example.com/shop',
      'tidehouse.yaml:5: warehouse.url: the environment variable WAREHOUSE_URL is not set; for example export WAREHOUSE_URL=postgres://reader@db.example.com/shop',
    ]);
  });

  test.each([
    ['an empty file', '', /^tidehouse\.yaml:1: sources: expected the sources to read, for example sources:/],
    ['a list', '- a\n- b', /^tidehouse\.yaml:1: the file: /],
    [
      'no source',
      usual.replace(/sources:[^]*(?=warehouse)/, 'sources: {}\n'),
      /^tidehouse\.yaml:1: sources: at least one source is needed/,
    ],
    [
      'no table',
      usual.replace(/tables:[^]*(?=schedules)/, 'tables: {}\n'),
      /^tidehouse\.yaml:7: tables: at least one table is needed/,
    ],
    [
      'a source with a space',
      changed('project_b:', 'project b:'),
      /^tidehouse\.yaml:3: sources\.project b: expected a name of letters, digits, _ and -, for example shop/,
    ],
    [
      'a table whose name is too long',
      changed('pages:', `${'я'.repeat(32)}:`),
      /^tidehouse\.yaml:10: tables\.я+: expected a table as in Postgres, each of its names of at most 63 bytes/,
    ],
    [
      'a source that would have no table',
      changed('{ url: $PROJECT_B_URL }', '{ url: $PROJECT_B_URL, common_tables: false }'),
      /^tidehouse\.yaml:3: sources\.project_b: at least one table is needed for project_b/,
    ],
    [
      'an error in the tables of a source',
      changed('{ url: $PROJECT_B_URL }', '{ url: $PROJECT_B_URL, tables: { a: { from: nowhere } } }'),
      /^tidehouse\.yaml:3: sources\.project_b\.tables\.a\.from: there is no source "nowhere"/,
    ],
    [
      'a URL of another kind',
      changed('$WAREHOUSE_URL', 'mysql://w'),
      /^tidehouse\.yaml:5: warehouse\.url: expected where to find a Postgres URL, for example \$SHOP_URL/,
    ],
    [
      'an interval of zero',
      changed('10m', '0m'),
      /^tidehouse\.yaml:13: schedules\.sync: expected an interval such as 30s, 10m or 1h, got "0m"/,
    ],
    [
      'a number for an interval',
      changed('10m', '600'),
      /^tidehouse\.yaml:13: schedules\.sync: expected an interval, for example 10m/,
    ],
    ['a key given twice', changed('pages:', 'events:'), /^tidehouse\.yaml:10: not YAML: /],
    [
      'a star without quotes',
      changed('$PROJECT_B_URL', '*secret'),
      /^tidehouse\.yaml:3: not YAML: a value that begins with \* must be in quotes$/,
    ],
    [
      'a broken line',
      changed('{ url: $PROJECT_B_URL }', '{ url: $PROJECT_B_URL'),
      /^tidehouse\.yaml:\d: not YAML: /,
    ],
  ])('%s', (_title, text, expected) => {
    expect(errorsOf(text)[0]).toMatch(expected);
  });

  test('never quote a possible secret', () => {
    const secret = 'hunter2';
    const texts = [
      `postgres//reader:${secret}@a/shop`,
      `"reader:${secret}@a"`,
      `[${secret}]`,
      `{ value: ${secret} }`,
      `{ file: 5, password: ${secret} }`,
      `{ file: [${secret}] }`,
      `"postgres ://reader:${secret}@a`,
      `: ${secret}: ${secret}`,
      `%${secret}`,
      `@${secret}`,
      `"\\q${secret}"`,
      `"\\U${secret}"`,
      `!${secret} x`,
      `*${secret}`,
      `{ file: ${secret}, file: ${secret} }`,
    ].flatMap((url) => ['$PROJECT_B_URL', '$WAREHOUSE_URL'].map((from) => changed(from, url)));
    for (const text of texts) {
      const errors = errorsOf(text);
      expect(errors.length).toBeGreaterThan(0);
      expect(errors.join('\n')).not.toContain(secret);
    }
    for (const value of Object.values(env)) {
      expect(errorsOf(changed('staging: ./staging', 'staging: []')).join('\n')).not.toContain(value);
    }
  });
});

describe('the weather', () => {
  const minsk = '{ name: minsk, latitude: 53.893009, longitude: 27.567444, timezone: Europe/Minsk }';
  const withKey = { ...env, OPENWEATHER_API_KEY: '0123456789abcdef' };
  const weather = (given: Record<string, string | undefined> = {}) => {
    const lines: Record<string, string | undefined> = {
      provider: 'openweather',
      api_key: '$OPENWEATHER_API_KEY',
      places: `[${minsk}]`,
      folder: './weather',
      ...given,
    };
    const said = Object.entries(lines).flatMap(([key, value]) =>
      value === undefined ? [] : `  ${key}: ${value}\n`,
    );
    return `${usual}weather:\n${said.join('')}`;
  };
  const readWeather = (given?: Record<string, string | undefined>) =>
    parseConfig(weather(given), 'tidehouse.yaml', withKey).weather;

  test('needs a provider with its key, places and a folder; the rest has defaults', () => {
    expect(readWeather()).toEqual({
      provider: 'openweather',
      url: 'https://api.openweathermap.org',
      apiKey: { env: 'OPENWEATHER_API_KEY' },
      places: [{ name: 'minsk', latitude: 53.893009, longitude: 27.567444, timezone: 'Europe/Minsk' }],
      folder: './weather',
      history: { url: 'https://api.open-meteo.com', archiveUrl: 'https://archive-api.open-meteo.com' },
    });
  });

  test('from Open-Meteo does not need a key', () => {
    const read = readWeather({ provider: 'open-meteo', api_key: undefined });
    expect(read).toMatchObject({ provider: 'open-meteo', url: 'https://api.open-meteo.com' });
    expect(read).not.toHaveProperty('apiKey');
  });

  test.each([
    ['off', undefined],
    ['{ url: http://here:1 }', { url: 'http://here:1', archiveUrl: 'http://here:1' }],
    ['{ url: http://a, archive_url: http://b }', { url: 'http://a', archiveUrl: 'http://b' }],
    ['{}', { url: 'https://api.open-meteo.com', archiveUrl: 'https://archive-api.open-meteo.com' }],
  ])('has a history: %s', (history, expected) => {
    expect(readWeather({ history })?.history).toEqual(expected);
  });

  test('can be without places', () => {
    expect(readWeather({ places: '[]' })?.places).toEqual([]);
  });

  test.each<[string, Record<string, string | undefined>, RegExp]>([
    [
      'another provider',
      { provider: 'wttr' },
      /weather\.provider: expected openweather, or open-meteo, which/,
    ],
    ['no key', { api_key: undefined }, /weather: openweather needs an api_key, for example/],
    [
      'a key for a provider without keys',
      { provider: 'open-meteo' },
      /weather\.api_key: open-meteo does not take a key; remove it/,
    ],
    [
      'a key in the config itself',
      { api_key: 'hunter2' },
      /weather\.api_key: a secret must not be written in the config itself/,
    ],
    [
      'a variable that is not set',
      { api_key: '$NOT_SET' },
      /weather\.api_key: the environment variable NOT_SET is not set/,
    ],
    ['no place', { places: undefined }, /weather\.places: expected places, for example \[\{ name: minsk/],
    [
      'a place twice',
      { places: `[${minsk}, ${minsk}]` },
      /weather\.places\.1\.name: the place "minsk" is already configured above/,
    ],
    [
      'a name with a slash',
      { places: `[${minsk.replace('minsk', '../minsk')}]` },
      /places\.0\.name: expected a name of lower-case/,
    ],
    [
      'a name in capitals',
      { places: `[${minsk.replace('minsk', 'Minsk')}]` },
      /places\.0\.name: expected a name of lower-case/,
    ],
    [
      'an unknown time zone',
      { places: `[${minsk.replace('Europe/Minsk', 'Europe/Nowhere')}]` },
      /places\.0\.timezone: expected a time zone/,
    ],
    [
      'a latitude of 91',
      { places: `[${minsk.replace('53.893009', '91')}]` },
      /places\.0\.latitude: expected degrees from -90 to 90/,
    ],
    [
      'a longitude in words',
      { places: `[${minsk.replace('27.567444', 'east')}]` },
      /places\.0\.longitude: expected degrees/,
    ],
    [
      'an address of another kind',
      { url: 'ftp://here' },
      /weather\.url: expected the address of a web service/,
    ],
    [
      'a history of another kind',
      { history: 'on' },
      /weather\.history: expected off, or Open-Meteo's address/,
    ],
    ['no folder', { folder: undefined }, /weather\.folder: expected a folder that all workers mount/],
    ['an unknown key', { unit: 'metric' }, /weather\.unit: unknown key/],
  ])('is invalid with %s', (_title, given, expected) => {
    const errors = errorsOf(weather(given), withKey);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(expected);
    expect(errors[0]).toMatch(/^tidehouse\.yaml:1[4-9]: /);
    expect(errors[0]).not.toContain('hunter2');
  });
});

describe('alerts', () => {
  const withAlerts = (alerts: string) => `${usual}alerts: ${alerts}\n`;
  const given = { ...env, TOKEN: 'x', CHAT: '-100' };
  const read = (alerts: string) => parseConfig(withAlerts(alerts), 'tidehouse.yaml', given).alerts;

  test.each([
    ['a variable', '$CHAT', [{ id: { env: 'CHAT' } }]],
    ['a number', '-1001234567890', [{ id: '-1001234567890' }]],
    ['a topic', '{ id: -100, topic: 7 }', [{ id: '-100', topic: 7 }]],
    ['several', '[-100, { id: $CHAT, topic: 3 }]', [{ id: '-100' }, { id: { env: 'CHAT' }, topic: 3 }]],
  ])('can have a chat as %s', (_, chat, chats) => {
    expect(read(`{ telegram: { token: $TOKEN, chat: ${chat} } }`).telegram?.chats).toEqual(chats);
  });

  test('can have a webhook, whose address and headers are texts or secrets', () => {
    expect(
      read('{ webhook: { url: $TOKEN, headers: { Authorization: $TOKEN, X-Team: data } } }').webhook,
    ).toEqual({
      url: { env: 'TOKEN' },
      headers: { Authorization: { env: 'TOKEN' }, 'X-Team': { value: 'data' } },
    });
    expect(read('{ webhook: { url: https://ops.example.com/hook } }').webhook).toEqual({
      url: { value: 'https://ops.example.com/hook' },
      headers: {},
    });
  });

  test.each([
    [
      'a key of a webhook in the config itself',
      '{ webhook: { url: https://a.example.com, headers: { Authorization: "Bearer 123:abc" } } }',
      'must not be written in the config',
    ],
    ['a webhook without an address', '{ webhook: { url: ops } }', 'https://ops.example.com/hooks/tidehouse'],
    [
      'a header whose variable is not set',
      '{ webhook: { url: https://a.example.com, headers: { X-Key: $NOT_SET } } }',
      'NOT_SET is not set',
    ],
    [
      'a token in the config itself',
      '{ telegram: { token: "123:abc", chat: -100 } }',
      'must not be written in the config',
    ],
    ['no chat', '{ telegram: { token: $TOKEN } }', 'expected a chat'],
    ['an unsupported language', '{ telegram: { token: $TOKEN, chat: 1, language: be } }', 'en or ru'],
    ['a mention without its @', '{ telegram: { token: $TOKEN, chat: 1, mention: [anna] } }', '@oncall'],
    [
      'a time of day',
      "{ telegram: { token: $TOKEN, chat: 1, silent: { from: '25:00', to: '08:00', timezone: UTC } } }",
      "'22:00'",
    ],
    ['a variable that is not set', '{ telegram: { token: $NOT_SET, chat: 1 } }', 'NOT_SET is not set'],
    ['a percentage of the disk', '{ disk_free: lots }', 'for example 5%'],
    ['an unknown key', '{ late: 5m }', 'unknown key'],
  ])('%s is reported with its line', (_, alerts, sentence) => {
    const errors = errorsOf(withAlerts(alerts), given);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(sentence);
    expect(errors[0]).toMatch(/^tidehouse\.yaml:\d+: alerts/);
    expect(errors[0]).not.toContain('123:abc');
  });
});
