import { Context, activityInfo, log } from '@temporalio/activity';
import type { TelegramConfig } from '../../model/alerts-config.ts';
import type { ConfigReader } from '../../model/config.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { readConfigOrLast, reveal } from '../config.ts';
import { chatsOf, logName } from './telegram/chats.ts';
import { send } from './telegram/send.ts';
import { textOf } from './telegram/text.ts';
import type { Message } from './telegram/text.ts';

export interface NotifyInput extends Message {
  /** A name that `listChats` returned. */
  readonly chat: string;
  /** Without a sound. */
  readonly silent: boolean;
}

export interface NotifyResult {
  /** When the chat took the message (ISO 8601). */
  readonly at: string;
  /** How the message had to be changed for Telegram to take it: `without its button (…)`. */
  readonly remarks: readonly string[];
}

/** The names of the chats that messages go to: those of the config as it stands now, or the log. */
export function createListChats(reader: ConfigReader) {
  return async (): Promise<string[]> => {
    const { telegram } = (await readConfigOrLast(reader)).config.alerts;
    return telegram ? (await chatsOf(reader, telegram)).map(({ name }) => name) : [logName];
  };
}

/**
 * Sends one message to one chat. Telegram cannot be asked whether it took a message whose answer was lost, so such a
 * message is sent again. An answer that did arrive is kept in the heartbeat: when the worker dies before it reports the
 * answer, the next attempt sends nothing.
 */
export function createNotify(reader: ConfigReader, { requestMs }: Timeouts) {
  return (input: NotifyInput): Promise<NotifyResult> => {
    const before = activityInfo().heartbeatDetails as Partial<NotifyResult> | undefined;
    if (before?.at !== undefined) return Promise.resolve({ remarks: [], ...before, at: before.at });
    return withHeartbeat<Partial<NotifyResult>, NotifyResult>({}, async (report, signal) => {
      const sent = await notifyOnce(reader, requestMs, input, signal);
      report(sent);
      // At once: the worker may die before the next regular heartbeat.
      Context.current().heartbeat(sent);
      return sent;
    });
  };
}

async function notifyOnce(
  reader: ConfigReader,
  timeoutMs: number,
  { chat: name, silent, ...message }: NotifyInput,
  signal: AbortSignal,
): Promise<NotifyResult> {
  const { alerts } = (await readConfigOrLast(reader)).config;
  const { telegram } = alerts;
  const text = textOf(message, alerts, { namespace: activityInfo().namespace, now: Date.now() });
  const now = () => new Date().toISOString();
  if (!telegram || name === logName) {
    log.warn(text.plain, { incident: message.problem.subject, kind: message.kind });
    return { at: now(), remarks: [] };
  }
  const chat = (await chatsOf(reader, telegram)).find((each) => each.name === name);
  if (!chat)
    throw createFailure(
      failureTypes.cannotNotify,
      { chat: name, causes: [{ problem: 'it is no longer in the config' }] },
      { final: true },
    );
  const bot = { token: await reveal(reader, telegram.token), url: telegram.url, timeoutMs };
  const isSilent = silent || isSilentHour(telegram, Date.now());
  const { remarks } = await send(bot, chat, text, isSilent, signal);
  return { at: now(), remarks };
}

/** Whether messages make no sound at the instant (ms). Silent hours from 22:00 to 08:00 span midnight. */
export function isSilentHour({ silent }: Pick<TelegramConfig, 'silent'>, instant: number): boolean {
  if (!silent) return false;
  const { from, to, timezone } = silent;
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(instant);
  return from <= to ? from <= clock && clock < to : clock >= from || clock < to;
}
