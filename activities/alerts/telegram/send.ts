import { ApplicationFailure } from '@temporalio/activity';
import { Api, GrammyError, HttpError } from 'grammy';
import { failureTypes } from '../../../model/failure.ts';
import type { Chat } from './chats.ts';
import type { Text } from './text.ts';

export interface Bot {
  readonly token: string;
  /** Of the Bot API. */
  readonly url: string;
  readonly timeoutMs: number;
}

export interface Sent {
  readonly messageId: number;
  /** What had to be left out or changed for Telegram to take it. */
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
 * Sends the text to the chat. What Telegram refuses for its form (tags, a button, a topic that is gone, its length) is
 * sent again without that, and to a group's new id when it has moved: no message is lost for its looks. Throws an
 * ApplicationFailure that never holds the token: passing for an outage (with the pause that Telegram asks for), final
 * when somebody has to change the token or the chat.
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
      const eased = error instanceof GrammyError ? ease(error, attempt) : undefined;
      if (!eased) throw failureOf(error, chat, bot.token);
      attempt = eased.attempt;
      remarks.push(eased.remark);
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
    // grammY's own type of a signal lacks what no request needs.
    signal as never,
  );
}

/** What to leave out so that Telegram takes it; nothing when that would not help. */
function ease(
  { error_code, description, parameters }: GrammyError,
  attempt: Attempt,
): { attempt: Attempt; remark: string } | undefined {
  const moved = parameters.migrate_to_chat_id;
  if (moved !== undefined && String(moved) !== attempt.chat)
    return {
      attempt: { ...attempt, chat: String(moved) },
      remark: `the group has moved to ${moved}; correct alerts.telegram.chat`,
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

const advice: Readonly<Record<number, string>> = {
  400: 'see alerts.telegram.chat: the bot must be in it',
  401: 'correct alerts.telegram.token',
  403: 'let the bot into the chat again',
  404: 'correct alerts.telegram.token and its url',
};

function failureOf(error: unknown, { name }: Chat, token: string): ApplicationFailure {
  const chat = `Telegram, chat ${name}`;
  if (error instanceof GrammyError) {
    const { error_code: code, parameters } = error;
    const said = `${chat}, answered ${code} (${error.description.replaceAll(token, '…')})`;
    const seconds = parameters.retry_after;
    if (code === 429)
      return ApplicationFailure.create({
        type: failureTypes.unavailable,
        message: `${said}; it is told again when that is over.`,
        nextRetryDelay: `${Math.max(1, seconds ?? 30)} seconds`,
      });
    if (code >= 500) return passing(`${said}; this is tried again.`);
    return ApplicationFailure.create({
      type: failureTypes.cannotNotify,
      message: `${said}; ${advice[code] ?? 'see alerts.telegram'}.`,
      nonRetryable: true,
    });
  }
  // The error beneath holds the address, and with it the token.
  if (error instanceof HttpError)
    return passing(`${chat}: there was no answer that could be read; this is tried again.`);
  return passing(`${chat}: it could not be asked; this is tried again.`);
}

function passing(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: failureTypes.unavailable, message });
}
