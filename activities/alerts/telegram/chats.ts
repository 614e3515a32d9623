import type { ChatConfig, TelegramConfig } from '../../../model/alerts-config.ts';
import type { ConfigReader } from '../../../model/config.ts';
import { reveal } from '../../config.ts';

/** One chat of the config, with its id revealed. */
export interface Chat {
  /** The name in histories: `-1001234567890`, or `-1001234567890/7` for a topic. */
  readonly name: string;
  readonly id: string;
  readonly topic?: number | undefined;
}

/** The name under which messages go to the log, when no chat is configured. */
export const logName = 'log';

/** The chats of the config. Throws the failure of `reveal` for an id that cannot be read. */
export async function chatsOf(reader: ConfigReader, telegram: TelegramConfig): Promise<Chat[]> {
  return Promise.all(telegram.chats.map((chat) => chatOf(reader, chat)));
}

async function chatOf(reader: ConfigReader, { id, topic }: ChatConfig): Promise<Chat> {
  const revealed = typeof id === 'string' ? id : await reveal(reader, id);
  return { name: topic === undefined ? revealed : `${revealed}/${topic}`, id: revealed, topic };
}
