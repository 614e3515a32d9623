import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { chatsOf } from '../../activities/alerts/telegram/chats.ts';
import { reach } from '../../activities/alerts/telegram/reach.ts';
import type { AlertsConfig } from '../../model/alerts-config.ts';
import type { ConfigReader } from '../../model/config.ts';
import type { Check } from './check.ts';
import { checking, ok, warning } from './check.ts';

/** The chats that incidents are told to: whether the bot is in each. Nothing is told them. */
export async function checkChats(reader: ConfigReader, { telegram, ping }: AlertsConfig): Promise<Check[]> {
  const pinged = ping
    ? ok("dead man's switch", 'configured')
    : warning(
        "dead man's switch",
        'not configured: when all of this is dead, nothing tells of it; see alerts.ping',
      );
  if (!telegram)
    return [
      warning('chat', 'not configured: incidents go to the log of the worker; see alerts.telegram'),
      pinged,
    ];
  const chats = await checking('chat', [], async () => {
    const bot = {
      token: await reader.reveal(telegram.token),
      url: telegram.url,
      timeoutMs: defaultTimeouts.requestMs,
    };
    const found = await chatsOf(reader, telegram);
    return Promise.all(found.map(async (chat) => ok(`chat ${chat.name}`, await reach(bot, chat))));
  });
  return [...chats, pinged];
}
