import { Context, activityInfo, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { TelegramConfig } from '../../model/alerts-config.ts';
import type { ConfigReader } from '../../model/config.ts';
import { failureTypes } from '../../model/failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { readConfigOrLast, reveal } from '../postgres/endpoints.ts';
import { chatsOf, logName } from './telegram/chats.ts';
import { send } from './telegram/send.ts';
import { textOf } from './telegram/text.ts';
import type { Message } from './telegram/text.ts';

export interface NotifyInput extends Message {
  /** As `listChats` names it. */
  readonly chat: string;
  /** Without a sound. */
  readonly silent: boolean;
}

export interface NotifyResult {
  /** When it was taken (ISO 8601). */
  readonly at: string;
  readonly remarks: readonly string[];
}

/** Where messages go: the chats of the config as it stands now, or the log. */
export function createListChats(reader: ConfigReader) {
  return async (): Promise<string[]> => {
    const { telegram } = (await readConfigOrLast(reader)).config.alerts;
    return telegram ? (await chatsOf(reader, telegram)).map(({ name }) => name) : [logName];
  };
}

/**
 * Tells one chat one message. Telegram has no way to ask whether it took a message whose answer was lost, so that such a
 * one is sent again: what can be known is kept in the heartbeat, by which an attempt after a worker's death between the
 * answer and its report sends nothing more.
 */
export function createNotify(reader: ConfigReader, { requestMs }: Timeouts) {
  return (input: NotifyInput): Promise<NotifyResult> => {
    const before = activityInfo().heartbeatDetails as Partial<NotifyResult> | undefined;
    if (before?.at !== undefined) return Promise.resolve({ remarks: [], ...before, at: before.at });
    return withHeartbeat<Partial<NotifyResult>, NotifyResult>({}, async (report, signal) => {
      const sent = await notifyOnce(reader, requestMs, input, signal);
      report(sent);
      // At once: the next beat may be one too late.
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
  const text = textOf(message, alerts, activityInfo().namespace);
  const now = () => new Date().toISOString();
  if (!telegram || name === logName) {
    log.warn(text.plain, { incident: message.problem.subject, kind: message.kind });
    return { at: now(), remarks: [] };
  }
  const chat = (await chatsOf(reader, telegram)).find((each) => each.name === name);
  if (!chat)
    throw ApplicationFailure.create({
      type: failureTypes.cannotNotify,
      message: `Telegram, chat ${name}, is in the config no more.`,
      nonRetryable: true,
    });
  const bot = { token: await reveal(reader, telegram.token), url: telegram.url, timeoutMs };
  const isSilent = silent || isSilentHour(telegram, Date.now());
  const { remarks } = await send(bot, chat, text, isSilent, signal);
  return { at: now(), remarks };
}

/** Whether messages make no sound at the instant (ms). A silence from 22:00 to 08:00 lasts over midnight. */
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
