import type { ConfigReader } from '../../model/config.ts';
import { readConfigOrLast } from '../config.ts';
import { chatsOf, logName } from './telegram/chats.ts';

/** The names of the chats to notify: those of the current config, or `log` when it has none. */
export async function chatNames(reader: ConfigReader): Promise<string[]> {
  const { telegram } = (await readConfigOrLast(reader)).config.alerts;
  return telegram ? (await chatsOf(reader, telegram)).map(({ name }) => name) : [logName];
}
