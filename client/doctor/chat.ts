import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { chatsOf } from '../../activities/alerts/telegram/chats.ts';
import { reach } from '../../activities/alerts/telegram/reach.ts';
import type { AlertsConfig } from '../../model/alerts-config.ts';
import type { ConfigReader } from '../../model/config.ts';
import type { Check } from './check.ts';
import { checking, ok, warning } from './check.ts';

/** Checks that the bot is in each chat, and that a dead man's switch is configured. Sends no message. */
export async function checkChats(reader: ConfigReader, { telegram, ping }: AlertsConfig): Promise<Check[]> {
  const deadMansSwitch = ping
    ? ok("dead man's switch", 'configured')
    : warning(
        "dead man's switch",
        'not configured: nobody is notified when Temporal or every worker is down',
        'See alerts.ping in the config.',
      );
  if (!telegram)
    return [
      warning(
        'chat',
        "not configured: incidents are written only to the worker's log",
        'See alerts.telegram in the config.',
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
  return [...chats, deadMansSwitch];
}
