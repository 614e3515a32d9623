import { z } from 'zod';
import type { AlertsConfig, ChatConfig, TelegramConfig, WebhookConfig } from '../alerts-config.ts';
import { envName } from '../secret.ts';
import type { Secret } from '../secret.ts';
import { interval, timezone, webUrl } from './formats.ts';
import { keyReference, secretFile } from './secrets.ts';

const chatExample =
  'a chat, for example $TELEGRAM_CHAT_ID, -1001234567890 or { id: -1001234567890, topic: 7 }';

const chatId = z
  .union([z.number().int(), z.string().min(1), z.strictObject({ file: secretFile })], {
    error: `expected ${chatExample}`,
  })
  .transform((chat): string | Secret => {
    if (typeof chat === 'object') return { file: chat.file };
    const name = envName(chat);
    return name ? { env: name } : String(chat);
  });

const chat = z.union(
  [
    z.strictObject({
      id: chatId.meta({ description: 'the chat', examples: [-1001234567890] }),
      topic: z
        .number()
        .int()
        .positive()
        .meta({ description: 'one topic of a forum, by its `message_thread_id`', examples: [7] })
        .optional(),
    }),
    chatId.transform((id): ChatConfig => ({ id })),
  ],
  { error: `expected ${chatExample}` },
);

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "expected a time in quotes, for example '22:00'" });

const telegram = z
  .strictObject({
    token: keyReference('TELEGRAM_TOKEN').meta({
      description: "a secret: the bot's token",
      examples: ['$TELEGRAM_TOKEN', { file: '/run/secrets/telegram_token' }],
    }),
    chat: z
      .union([z.array(chat).min(1), chat], { error: `expected ${chatExample}, or a list of them` })
      .meta({
        description: 'a chat, or a list of them',
        examples: ['$TELEGRAM_CHAT_ID', -1001234567890, [{ id: -1001234567890, topic: 7 }]],
      }),
    mention: z
      .array(
        z.string().regex(/^@\w+$/, { error: 'expected a name that begins with @, for example "@oncall"' }),
      )
      .meta({ description: 'the people responsible', examples: [['@anna', '@boris']] })
      .default([]),
    language: z
      .enum(['en', 'ru'], { error: 'expected en or ru' })
      .meta({ description: 'of the messages: `en` or `ru`', examples: ['ru'] })
      .default('en'),
    url: webUrl
      .meta({ description: 'your own Bot API server', examples: ['https://api.telegram.org'] })
      .default('https://api.telegram.org'),
    silent: z
      .strictObject({
        from: timeOfDay.meta({ description: 'when they begin', examples: ['22:00'] }),
        to: timeOfDay.meta({ description: 'when they end', examples: ['08:00'] }),
        timezone: timezone.meta({ description: 'whose hours they are', examples: ['Europe/Minsk'] }),
      })
      .meta({
        description: 'the hours in which messages make no sound',
        examples: [{ from: '22:00', to: '08:00', timezone: 'Europe/Minsk' }],
      })
      .optional(),
  })
  .transform(({ chat, ...rest }): TelegramConfig => ({
    ...rest,
    chats: Array.isArray(chat) ? chat : [chat],
  }))
  .meta({
    description: "the bot that writes to chats; without it and `webhook`, messages go to the worker's log",
    examples: [{ token: '$TELEGRAM_TOKEN', chat: '$TELEGRAM_CHAT_ID' }],
  });

const webhookUrl = z.union([webUrl.transform((value): Secret => ({ value })), keyReference('WEBHOOK_URL')], {
  error:
    'expected the address that receives the messages, for example https://ops.example.com/hooks/tidehouse, $WEBHOOK_URL or { file: /run/secrets/webhook_url }',
});

/** A header may be written out unless its name is one of those that carry a key. */
const webhookHeaders = z
  .record(
    z.string().regex(/^[\w-]+$/, { error: 'expected the name of a header, for example Authorization' }),
    z
      .union([z.string().transform(secretOrText), z.strictObject({ file: secretFile })], {
        error: 'expected a text, $NAME or { file: /run/secrets/webhook_key }',
      })
      .meta({
        description:
          'a secret, or a text where the name is not one of a secret (`Authorization`, `X-Key` and the like)',
        examples: ['$WEBHOOK_KEY', { file: '/run/secrets/webhook_key' }],
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
  .strictObject({
    url: webhookUrl.meta({
      description: 'its address, which may be a secret',
      examples: ['https://ops.example.com/hooks/tidehouse', '$WEBHOOK_URL'],
    }),
    headers: webhookHeaders
      .meta({ description: 'the headers of each request', examples: [{ Authorization: '$WEBHOOK_KEY' }] })
      .default({}),
  })
  .transform((options): WebhookConfig => options)
  .meta({
    description: '[a web service](alerts.md#the-webhook) that receives messages as JSON',
    examples: [{ url: 'https://ops.example.com/hooks/tidehouse' }],
  });

export const alerts = z
  .strictObject({
    late_after: interval
      .meta({ description: 'a source with more lag than this is late', examples: ['30m'] })
      .prefault('30m'),
    stuck_after: interval
      .meta({ description: 'a long transaction is a problem after this time', examples: ['15m'] })
      .prefault('15m'),
    weather_after: interval
      .meta({ description: 'a place without an observation for this long is a problem', examples: ['2h'] })
      .prefault('2h'),
    remind_after: interval
      .meta({ description: 'between reminders of an open incident', examples: ['1d'] })
      .prefault('1d'),
    quiet: interval
      .meta({
        description: 'after a message, a new incident of the same subject waits this long',
        examples: ['15m'],
      })
      .prefault('15m'),
    disk_free: z
      .string()
      .regex(/^\d{1,2}%$/, { error: 'expected a percentage of the disk, for example 5%' })
      .meta({
        description: 'the free share of the staging disk below which there is a problem',
        examples: ['5%'],
      })
      .default('5%'),
    telegram: telegram.optional(),
    webhook: webhook.optional(),
    ping: keyReference('HEALTHCHECK_URL')
      .meta({
        description: "a secret: the URL of a dead man's switch, called by every health check",
        examples: ['$HEALTHCHECK_URL'],
      })
      .optional(),
    web_ui: webUrl
      .meta({
        description: "the address of Temporal's Web UI, for links",
        examples: ['https://temporal.example.com'],
      })
      .optional(),
  })
  .meta({
    description: 'what counts as a problem, and where its messages go; [alerts.md](alerts.md) describes them',
    examples: [{ late_after: '1h', telegram: { token: '$TELEGRAM_TOKEN', chat: '$TELEGRAM_CHAT_ID' } }],
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
