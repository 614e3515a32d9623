import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { chatsOf } from '../../activities/alerts/telegram/chats.ts';
import { reach } from '../../activities/alerts/telegram/reach.ts';
import type { AlertsConfig } from '../../model/alerts-config.ts';
import type { ConfigReader } from '../../model/config.ts';
import type { Check } from './check.ts';
import { checking, ok, warning } from './check.ts';

/**
 * Checks that the bot is in each chat, that the webhook's secrets can be read, and that a dead man's switch is configured.
 * Sends no message.
 */
export async function checkChats(
  reader: ConfigReader,
  { telegram, webhook, ping }: AlertsConfig,
): Promise<Check[]> {
  const deadMansSwitch = ping
    ? ok("dead man's switch", 'configured')
    : warning(
        "dead man's switch",
        'not configured: nobody is notified when Temporal or every worker is down',
        'See alerts.ping in the config.',
      );
  const webhooks = webhook
    ? await checking('webhook', async () => {
        await Promise.all(
          [webhook.url, ...Object.values(webhook.headers)].map((each) => reader.reveal(each)),
        );
        return [ok('webhook', 'configured; to send it a message: tidehouse alerts test')];
      })
    : [];
  if (!telegram && webhook) return [...webhooks, deadMansSwitch];
  if (!telegram)
    return [
      warning(
        'chat',
        "not configured: incidents are written only to the worker's log",
        'See alerts.telegram and alerts.webhook in the config.',
      ),
      deadMansSwitch,
    ];
  const chats = await checking('chat', async () => {
    const bot = {
      token: await reader.reveal(telegram.token),
      url: telegram.url,
      timeoutMs: defaultTimeouts.requestMs,
    };
    const configured = await chatsOf(reader, telegram);
    return Promise.all(configured.map(async (chat) => ok(`chat ${chat.name}`, await reach(bot, chat))));
  });
  return [...chats, ...webhooks, deadMansSwitch];
}
