import { Api, GrammyError } from 'grammy';
import type { Chat } from './chats.ts';
import type { Bot } from './send.ts';

/**
 * Checks that the bot works and is in the chat, without sending anything, and returns that in words. Throws an error
 * with the reason, which never contains the token.
 */
export async function reach({ token, url, timeoutMs }: Bot, { id, name }: Chat): Promise<string> {
  const api = new Api(token, { apiRoot: url, timeoutSeconds: timeoutMs / 1000 });
  const refusal = await api
    .getMe()
    .then(() => api.getChat(id))
    .then(
      () => undefined,
      // The original error has the address in it, and with it the token.
      (error: unknown) =>
        error instanceof GrammyError
          ? `Telegram returned ${error.error_code} (${error.description.replaceAll(token, '…')})`
          : 'Telegram could not be reached',
    );
  if (refusal === undefined) return 'the bot is a member';
  throw new Error(
    `Telegram chat ${name}: ${refusal}. Check alerts.telegram, and that the bot is in the chat.`,
  );
}
