import { z } from 'zod';
import type { AlertsConfig, ChatConfig, TelegramConfig, WebhookConfig } from './alerts-config.ts';
import { envName } from './secret.ts';
import type { Secret } from './secret.ts';
import { parseDuration } from './duration.ts';
import { isTimezone } from './local-hour.ts';
import { fitsIdentifier, parsePattern } from './table-pattern.ts';
import type { WeatherConfig } from './weather.ts';
import { openMeteoArchiveUrl, providerUrls } from './weather.ts';

/** How a table, or all tables of a pattern, are read. */
export interface TableConfig {
  /** Read from this source only, on behalf of all. */
  readonly from?: string;
  /** The name in the warehouse, or a form of it such as `{source}_{schema}_{table}`. */
  readonly as?: string;
  /** What a pattern leaves out; here a pattern without a schema is of any schema. */
  readonly except?: readonly string[];
  /** The key to use instead of the primary key; unique and not null at the source, which each run proves. */
  readonly key?: readonly string[];
  /** Copy the table whole whenever it can have changed, whatever its size, although it may have a key. */
  readonly strategy?: 'copy';
  /** The columns to read, all others are left out; or those to leave out. */
  readonly columns?: { readonly only: readonly string[] } | { readonly except: readonly string[] };
  /** The columns whose values the source replaces before they are read. */
  readonly mask?: Readonly<Record<string, Mask>>;
}

/** What is left of a value: its salted SHA-256, nothing, or its last characters. */
export type Mask = 'sha256' | null | { readonly last: number };

export interface SourceConfig {
  readonly url: Secret;
  /** Its own tables, in addition to the common ones. */
  readonly tables?: Tables;
  /** Reads only its own tables. */
  readonly commonTables?: false;
}

/** Tables by name or pattern, in the order of the config. */
export type Tables = Readonly<Record<string, TableConfig>>;

const asExample = 'for example orders, or {source}_{schema}_{table}';

const urlExample =
  'for example $PROJECT_A_URL, { file: /run/secrets/project_a } or postgres://reader@host/shop';

const urlReference = z
  .union([z.string(), z.strictObject({ file: z.string().min(1) })], {
    error: `expected where to find a Postgres URL, ${urlExample}`,
  })
  .transform((reference, context): Secret => {
    if (typeof reference !== 'string') return { file: reference.file };
    const name = envName(reference);
    if (name) return { env: name };
    if (/^postgres(ql)?:\/\//.test(reference)) return { value: reference };
    context.addIssue({ code: 'custom', message: `expected where to find a Postgres URL, ${urlExample}` });
    return z.NEVER;
  });

/** A reference to a secret; `usualName` is for the example. */
const keyReference = (usualName: string) => {
  const example = `where to find it, for example $${usualName} (fixed while a worker runs) or { file: /run/secrets/${usualName.toLowerCase()} } (read each time)`;
  return z
    .union([z.string(), z.strictObject({ file: z.string().min(1) })], { error: `expected ${example}` })
    .transform((reference, context): Secret => {
      if (typeof reference !== 'string') return { file: reference.file };
      const name = envName(reference);
      if (name) return { env: name };
      context.addIssue({
        code: 'custom',
        message: `a secret must not be written in the config itself; expected ${example}`,
      });
      return z.NEVER;
    });
};

const webUrl = z.url({
  protocol: /^https?$/,
  error: 'expected the address of a web service, for example https://api.openweathermap.org',
});

const interval = z.string({ error: 'expected an interval, for example 10m' }).transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({
    code: 'custom',
    message: `expected an interval such as 30s, 10m or 1h, got ${JSON.stringify(text)}`,
  });
  return z.NEVER;
});

const sourceName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, {
  error: 'expected a name of letters, digits, _ and -, for example project_d',
});
const tableExample = 'for example events, sales.orders, "sales.*" or all';

/** A table, or a pattern: see parsePattern. */
const tableKey = z.string().refine((text) => parsePattern(text) !== undefined, {
  error: `expected a table as in Postgres, each of its names of at most 63 bytes, ${tableExample}`,
});

const columnName = z.string().refine(fitsIdentifier, {
  error: 'expected the name of a column, of at most 63 bytes',
});

const columnNames = (example: string) =>
  z.array(columnName, { error: `expected names of columns, for example ${example}` }).min(1);

const maskExample = 'for example { email: sha256, phone: { last: 4 }, note: null }';

const mask = z.union([z.literal('sha256'), z.null(), z.strictObject({ last: z.number().int().min(1) })], {
  error: `expected sha256, null, or how many characters to keep, ${maskExample}`,
});

const tableOptions = z
  .strictObject({
    from: z.string().optional(),
    as: z
      .string({ error: `expected a name in the warehouse, ${asExample}` })
      .min(1)
      .optional(),
    except: z.array(tableKey, { error: 'expected the tables to leave out, for example [tmp_*]' }).optional(),
    key: columnNames('[user_id, id]').optional(),
    strategy: z.literal('copy', { error: 'expected copy, or nothing' }).optional(),
    columns: z
      .union(
        [
          z.strictObject({ only: columnNames('[id, name]') }),
          z.strictObject({ except: columnNames('[passport]') }),
        ],
        { error: 'expected the columns to read or to leave out, for example { except: [passport] }' },
      )
      .optional(),
    mask: z
      .record(columnName, mask, { error: `expected columns and their masks, ${maskExample}` })
      .optional(),
  })
  .nullable()
  .transform((options) => (options ?? {}) as TableConfig);

/** `all`, a list of names and patterns, or a map of them to their options. */
const tables = z.union(
  [
    z.literal('all').transform((): Tables => ({ all: {} })),
    z.array(tableKey).transform((names): Tables => Object.fromEntries(names.map((name) => [name, {}]))),
    z.record(tableKey, tableOptions),
  ],
  { error: 'expected the tables to sync, for example tables: { events: {} }' },
);

const coordinate = (most: number) =>
  z
    .number({ error: 'expected degrees, for example 53.893009' })
    .min(-most, { error: `expected degrees from -${most} to ${most}` })
    .max(most, { error: `expected degrees from -${most} to ${most}` });

const place = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, {
    error:
      'expected a name of lower-case letters, digits, _ and - (it is part of file names), for example minsk',
  }),
  latitude: coordinate(90),
  longitude: coordinate(180),
  timezone: z
    .string({ error: 'expected a time zone, for example Europe/Minsk' })
    .refine(isTimezone, { error: 'expected a time zone, for example Europe/Minsk' }),
});

const weather = z
  .strictObject({
    provider: z.enum(['openweather', 'open-meteo'], {
      error: 'expected openweather, or open-meteo, which needs no key',
    }),
    url: webUrl.optional(),
    api_key: keyReference('OPENWEATHER_API_KEY').optional(),
    places: z
      .array(place, {
        error:
          'expected places, for example [{ name: minsk, latitude: 53.893009, longitude: 27.567444, timezone: Europe/Minsk }]',
      })
      .superRefine((places, context) => {
        places.forEach(({ name }, at) => {
          if (places.findIndex((other) => other.name === name) < at)
            context.addIssue({
              code: 'custom',
              path: [at, 'name'],
              message: `the place "${name}" is already configured above`,
            });
        });
      }),
    folder: z.string({ error: 'expected a folder that all workers mount, for example ./weather' }).min(1),
    history: z
      .union([z.literal('off'), z.strictObject({ url: webUrl.optional(), archive_url: webUrl.optional() })], {
        error: "expected off, or Open-Meteo's address, for example { url: https://api.open-meteo.com }",
      })
      .default({}),
  })
  .superRefine(({ provider, api_key }, context) => {
    if (provider === 'openweather' && api_key === undefined)
      context.addIssue({
        code: 'custom',
        message: 'openweather needs an api_key, for example api_key: $OPENWEATHER_API_KEY',
      });
    if (provider === 'open-meteo' && api_key !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['api_key'],
        message: 'open-meteo does not take a key; remove it',
      });
  })
  .transform(({ provider, url, api_key, places, folder, history }): WeatherConfig => ({
    provider,
    url: url ?? providerUrls[provider],
    ...(api_key && { apiKey: api_key }),
    places,
    folder,
    ...(history !== 'off' && {
      history: {
        url: history.url ?? providerUrls['open-meteo'],
        archiveUrl: history.archive_url ?? history.url ?? openMeteoArchiveUrl,
      },
    }),
  }));

const chatExample =
  'a chat, for example $TELEGRAM_CHAT_ID, -1001234567890 or { id: -1001234567890, topic: 7 }';

const chatId = z
  .union([z.number().int(), z.string().min(1), z.strictObject({ file: z.string().min(1) })], {
    error: `expected ${chatExample}`,
  })
  .transform((chat): string | Secret => {
    if (typeof chat === 'object') return { file: chat.file };
    const name = envName(chat);
    return name ? { env: name } : String(chat);
  });

const chat = z.union(
  [
    z.strictObject({ id: chatId, topic: z.number().int().positive().optional() }),
    chatId.transform((id): ChatConfig => ({ id })),
  ],
  { error: `expected ${chatExample}` },
);

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "expected a time in quotes, for example '22:00'" });

const telegram = z
  .strictObject({
    token: keyReference('TELEGRAM_TOKEN'),
    chat: z.union([z.array(chat).min(1), chat], { error: `expected ${chatExample}, or a list of them` }),
    mention: z
      .array(
        z.string().regex(/^@\w+$/, { error: 'expected a name that begins with @, for example "@oncall"' }),
      )
      .default([]),
    language: z.enum(['en', 'ru'], { error: 'expected en or ru' }).default('en'),
    url: webUrl.default('https://api.telegram.org'),
    silent: z
      .strictObject({
        from: timeOfDay,
        to: timeOfDay,
        timezone: z.string().refine(isTimezone, { error: 'expected a time zone, for example Europe/Minsk' }),
      })
      .optional(),
  })
  .transform(({ chat, ...rest }): TelegramConfig => ({
    ...rest,
    chats: Array.isArray(chat) ? chat : [chat],
  }));

const webhookUrl = z.union([webUrl.transform((value): Secret => ({ value })), keyReference('WEBHOOK_URL')], {
  error:
    'expected the address that receives the messages, for example https://ops.example.com/hooks/tidehouse, $WEBHOOK_URL or { file: /run/secrets/webhook_url }',
});

/** A header may be written out unless its name is one of those that carry a key. */
const webhookHeaders = z
  .record(
    z.string().regex(/^[\w-]+$/, { error: 'expected the name of a header, for example Authorization' }),
    z.union([z.string().transform(secretOrText), z.strictObject({ file: z.string().min(1) })], {
      error: 'expected a text, $NAME or { file: /run/secrets/webhook_key }',
    }),
  )
  .superRefine((headers, context) => {
    for (const [name, value] of Object.entries(headers))
      if ('value' in value && /auth|cookie|key|secret|token/i.test(name))
        context.addIssue({
          code: 'custom',
          path: [name],
          message:
            'a secret must not be written in the config itself; expected where to find it, for example $WEBHOOK_KEY (fixed while a worker runs) or { file: /run/secrets/webhook_key } (read each time)',
        });
  });

function secretOrText(text: string): Secret {
  const name = envName(text);
  return name ? { env: name } : { value: text };
}

const webhook = z
  .strictObject({ url: webhookUrl, headers: webhookHeaders.default({}) })
  .transform((options): WebhookConfig => options);

const alerts = z
  .strictObject({
    late_after: interval.default(30 * 60_000),
    stuck_after: interval.default(15 * 60_000),
    weather_after: interval.default(2 * 3_600_000),
    remind_after: interval.default(24 * 3_600_000),
    quiet: interval.default(15 * 60_000),
    disk_free: z
      .string()
      .regex(/^\d{1,2}%$/, { error: 'expected a percentage of the disk, for example 5%' })
      .default('5%'),
    telegram: telegram.optional(),
    webhook: webhook.optional(),
    ping: keyReference('HEALTHCHECK_URL').optional(),
    web_ui: webUrl.optional(),
  })
  .prefault({})
  .transform((options): AlertsConfig => ({
    lateAfterMs: options.late_after,
    stuckAfterMs: options.stuck_after,
    weatherAfterMs: options.weather_after,
    remindAfterMs: options.remind_after,
    quietMs: options.quiet,
    diskFree: Number(options.disk_free.slice(0, -1)) / 100,
    telegram: options.telegram,
    webhook: options.webhook,
    ping: options.ping,
    webUi: options.web_ui,
  }));

const source = z
  .strictObject({
    url: urlReference,
    tables: tables.optional(),
    common_tables: z
      .boolean({ error: 'expected true, or false to read only the tables of this source' })
      .optional(),
  })
  .transform(({ url, tables, common_tables }): SourceConfig => ({
    url,
    ...(tables && { tables }),
    ...(common_tables === false && { commonTables: false }),
  }));

/** The schema of tidehouse.yaml, with a message for each possible error. */
export const configSchema = z.strictObject({
  sources: z
    .record(sourceName, source, {
      error: 'expected the sources to read, for example sources: { project_a: { url: $PROJECT_A_URL } }',
    })
    .refine((sources) => Object.keys(sources).length > 0, { error: 'at least one source is needed' }),
  warehouse: z.strictObject(
    { url: urlReference },
    {
      error: (issue) =>
        issue.code === 'invalid_type'
          ? 'expected the warehouse, for example warehouse: { url: $WAREHOUSE_URL }'
          : undefined,
    },
  ),
  staging: z.string({ error: 'expected a folder that all workers mount, for example ./staging' }).min(1),
  tables: tables.default({}),
  analytics: z
    .enum(['sessions'], {
      error: 'expected sessions: the analytics of user_sessions, events, pages, transactions, exchange_rates',
    })
    .optional(),
  mask_salt: keyReference('MASK_SALT').optional(),
  new_tables: z
    .enum(['follow', 'ignore'], {
      error: 'expected follow, or ignore: only the tables that have landed and those named',
    })
    .default('follow'),
  weather: weather.optional(),
  alerts,
  schedules: z
    .strictObject({
      sync: interval.default(600_000),
      weather: interval.default(3_600_000),
      alerts: interval.default(60_000),
    })
    .prefault({}),
});
