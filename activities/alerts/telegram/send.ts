import type { ApplicationFailure } from '@temporalio/common';
import { Api, GrammyError } from 'grammy';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import type { Chat } from './chats.ts';
import type { Text } from './text.ts';

export interface Bot {
  readonly token: string;
  /** The address of the Bot API. */
  readonly url: string;
  readonly timeoutMs: number;
}

export interface Sent {
  readonly messageId: number;
  /** How the message had to be changed for Telegram to accept it. */
  readonly remarks: readonly string[];
}

interface Attempt {
  readonly chat: string;
  readonly html: boolean;
  readonly button: boolean;
  readonly topic: boolean;
  readonly short: boolean;
}

/**
 * Sends the text to the chat. No message is lost over its form: one that Telegram rejects for its tags, its button, its
 * length or a topic that no longer exists is sent again without them, and a group that has moved gets it at its new id.
 * Throws a failure that never contains the token: temporary in an outage (with the delay that Telegram asks for), final
 * when the token or the chat has to be changed.
 */
export async function send(
  bot: Bot,
  chat: Chat,
  text: Text,
  silent: boolean,
  signal: AbortSignal,
): Promise<Sent> {
  const api = new Api(bot.token, { apiRoot: bot.url, timeoutSeconds: bot.timeoutMs / 1000 });
  const remarks: string[] = [];
  let attempt: Attempt = { chat: chat.id, html: true, button: true, topic: true, short: false };
  for (;;) {
    try {
      const message = await sendOnce(api, chat, text, silent, attempt, signal);
      return { messageId: message.message_id, remarks };
    } catch (error) {
      const simpler = error instanceof GrammyError ? simplify(error, attempt) : undefined;
      if (!simpler) throw sendFailure(error, chat, bot.token);
      attempt = simpler.attempt;
      remarks.push(simpler.remark);
    }
  }
}

function sendOnce(
  api: Api,
  { topic }: Chat,
  { html, plain, button }: Text,
  silent: boolean,
  attempt: Attempt,
  signal: AbortSignal,
) {
  const whole = attempt.html ? html : plain;
  return api.sendMessage(
    attempt.chat,
    attempt.short ? `${plain.slice(0, 1_000)}…` : whole,
    {
      ...(attempt.html && !attempt.short && { parse_mode: 'HTML' }),
      ...(attempt.topic && topic !== undefined && { message_thread_id: topic }),
      ...(silent && { disable_notification: true }),
      ...(attempt.button &&
        button && { reply_markup: { inline_keyboard: [[{ text: button.label, url: button.url }]] } }),
      link_preview_options: { is_disabled: true },
    },
    // grammY's signal type differs from the platform's only in members that no request uses.
    signal as never,
  );
}

/**
 * The next attempt, without the part that Telegram rejects; undefined when that would not help. Telegram has no error
 * codes for these cases: only the descriptions distinguish them.
 */
function simplify(
  { error_code, description, parameters }: GrammyError,
  attempt: Attempt,
): { attempt: Attempt; remark: string } | undefined {
  const moved = parameters.migrate_to_chat_id;
  if (moved !== undefined && String(moved) !== attempt.chat)
    return {
      attempt: { ...attempt, chat: String(moved) },
      remark: `to the new id of its group (${moved}); correct alerts.telegram.chat`,
    };
  if (error_code !== 400) return undefined;
  if (/BUTTON|inline keyboard|reply markup/i.test(description) && attempt.button)
    return { attempt: { ...attempt, button: false }, remark: `without its button (${description})` };
  if (/can't parse entities/i.test(description) && attempt.html)
    return { attempt: { ...attempt, html: false }, remark: `as plain text (${description})` };
  if (/thread not found|TOPIC/i.test(description) && attempt.topic)
    return { attempt: { ...attempt, topic: false }, remark: `outside its topic (${description})` };
  if (/too long/i.test(description) && !attempt.short)
    return { attempt: { ...attempt, short: true }, remark: `shortened (${description})` };
  return undefined;
}

const adviceByStatus: Readonly<Record<number, string>> = {
  400: 'Check alerts.telegram.chat: the bot must be in that chat.',
  401: 'Correct alerts.telegram.token.',
  403: 'Add the bot to the chat again.',
  404: 'Correct alerts.telegram.token and alerts.telegram.url.',
};
const defaultPauseSeconds = 30;

function sendFailure(error: unknown, { name: chat }: Chat, token: string): ApplicationFailure {
  // Any other error has the address in it, and with it the token.
  if (!(error instanceof GrammyError)) return unavailable(chat, 'Telegram sent no readable response');
  const { error_code: status, description, parameters } = error;
  const problem = `Telegram returned ${status} (${description.replaceAll(token, '…')})`;
  if (status === 429)
    return unavailable(chat, problem, Math.max(1, parameters.retry_after ?? defaultPauseSeconds) * 1_000);
  if (status >= 500) return unavailable(chat, problem);
  const advice = adviceByStatus[status] ?? 'Check alerts.telegram.';
  return createFailure(failureTypes.cannotNotify, { chat, causes: [{ problem, advice }] }, { final: true });
}

function unavailable(chat: string, problem: string, retryAfterMs?: number): ApplicationFailure {
  return createFailure(
    failureTypes.unavailable,
    { chat, causes: [{ problem }] },
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}
