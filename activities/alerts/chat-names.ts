import { webhookName } from '../../model/alerts-config.ts';
import type { ConfigReader } from '../../model/config.ts';
import { readConfigOrLast } from '../config.ts';
import { chatsOf, logName } from './telegram/chats.ts';

/** The names of the chats to notify: those of the current config and its webhook, or `log` when it has none. */
export async function chatNames(reader: ConfigReader): Promise<string[]> {
  const { telegram, webhook } = (await readConfigOrLast(reader)).config.alerts;
  const chats = telegram ? (await chatsOf(reader, telegram)).map(({ name }) => name) : [];
  const all = [...chats, ...(webhook ? [webhookName] : [])];
  return all.length > 0 ? all : [logName];
}
