import { Api, GrammyError } from 'grammy';
import type { Chat } from './chats.ts';
import type { Bot } from './send.ts';

/**
 * Whether the bot can be used and knows the chat, without telling it anything, in words. Throws an error that says
 * what is wrong and never holds the token.
 */
export async function reach({ token, url, timeoutMs }: Bot, { id, name }: Chat): Promise<string> {
  const api = new Api(token, { apiRoot: url, timeoutSeconds: timeoutMs / 1000 });
  const refusal = await api
    .getMe()
    .then(() => api.getChat(id))
    .then(
      () => undefined,
      // The error itself holds the address, and with it the token.
      (error: unknown) =>
        error instanceof GrammyError
          ? `answered ${error.error_code} (${error.description.replaceAll(token, '…')})`
          : 'could not be asked',
    );
  if (refusal === undefined) return 'the bot is in it';
  throw new Error(
    `Telegram, chat ${name}, ${refusal}; see alerts.telegram, and whether the bot is in the chat.`,
  );
}
