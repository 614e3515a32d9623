import { Context, activityInfo, log } from '@temporalio/activity';
import type { TelegramConfig, WebhookConfig } from '../../model/alerts-config.ts';
import { webhookName } from '../../model/alerts-config.ts';
import type { ConfigReader } from '../../model/config.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { readConfigOrLast, reveal } from '../config.ts';
import { chatNames } from './chat-names.ts';
import { chatsOf, logName } from './telegram/chats.ts';
import { send } from './telegram/send.ts';
import { textOf } from './telegram/text.ts';
import type { Message } from './telegram/text.ts';
import { bodyOf } from './webhook-body.ts';
import { deliver } from './webhook.ts';
import type { Webhook } from './webhook.ts';

export interface NotifyInput extends Message {
  /** A name that `listChats` returned. */
  readonly chat: string;
  /** Send it without a sound. */
  readonly silent: boolean;
}

export interface NotifyResult {
  /** When the chat accepted the message (ISO 8601). */
  readonly at: string;
  /** How the message had to be changed for Telegram to accept it: `without its button (…)`. */
  readonly remarks: readonly string[];
}

/** Lists the names of the chats to notify. */
export function createListChats(reader: ConfigReader) {
  return (): Promise<string[]> => chatNames(reader);
}

/**
 * Sends one message to one chat, or to the webhook. When Telegram's response is lost, there is no way to find out whether
 * it accepted the message, so the message is sent again. A response that arrived is kept in the heartbeat: if the worker
 * dies before it reports the result, the next attempt sends nothing.
 */
export function createNotify(reader: ConfigReader, { requestMs }: Timeouts) {
  return (input: NotifyInput): Promise<NotifyResult> => {
    const before = activityInfo().heartbeatDetails as Partial<NotifyResult> | undefined;
    if (before?.at !== undefined) return Promise.resolve({ remarks: [], ...before, at: before.at });
    return withHeartbeat<Partial<NotifyResult>, NotifyResult>({}, async (report, signal) => {
      const sent = await notifyOnce(reader, requestMs, input, signal);
      report(sent);
      // Sent at once, because the worker may die before the next regular heartbeat.
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
  const { telegram, webhook, webUi } = alerts;
  const { namespace } = activityInfo();
  const text = textOf(message, alerts, { namespace, now: Date.now() });
  const now = () => new Date().toISOString();
  if (webhook && name === webhookName) {
    const context = { id: messageId(), text: text.plain, silent, namespace, webUi };
    await deliver(await revealed(reader, webhook, timeoutMs), bodyOf(message, context), signal);
    return { at: now(), remarks: [] };
  }
  if ((!telegram && name !== webhookName) || name === logName) {
    log.warn(text.plain, { incident: message.problem.subject, kind: message.kind });
    return { at: now(), remarks: [] };
  }
  const chat = telegram && (await chatsOf(reader, telegram)).find((each) => each.name === name);
  if (!telegram || !chat)
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

/** The same for each attempt at this activity, and for no other message. */
function messageId(): string {
  const { workflowExecution, activityId } = activityInfo();
  return `${workflowExecution?.runId}/${activityId}`;
}

async function revealed(
  reader: ConfigReader,
  { url, headers }: WebhookConfig,
  timeoutMs: number,
): Promise<Webhook> {
  const values = Object.entries(headers).map(
    async ([name, secret]) => [name, await reveal(reader, secret)] as const,
  );
  return {
    url: await reveal(reader, url),
    headers: Object.fromEntries(await Promise.all(values)),
    timeoutMs,
  };
}

/** Whether messages are silent at the instant (ms). Silent hours may span midnight: from 22:00 to 08:00. */
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
