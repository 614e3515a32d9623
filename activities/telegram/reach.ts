import { Api, GrammyError } from 'grammy';
import type { Chat } from './chats.ts';
import type { Bot } from './send.ts';

/**
 * Whether the bot can be used and knows the chat, without telling it anything: the chat's name. Throws an error that says
 * what is wrong and never holds the token.
 */
export async function reach({ token, url, timeoutMs }: Bot, { id, name }: Chat): Promise<string> {
  const api = new Api(token, { apiRoot: url, timeoutSeconds: timeoutMs / 1000 });
  try {
    const { username } = await api.getMe();
    const chat = await api.getChat(id);
    return `@${username} knows ${'title' in chat ? chat.title : name}`;
  } catch (error) {
    const said =
      error instanceof GrammyError
        ? `answered ${error.error_code} (${error.description.replaceAll(token, '…')})`
        : 'could not be asked';
    throw new Error(
      `Telegram, chat ${name}, ${said}; see alerts.telegram, and whether the bot is in the chat.`,
      {
        // The error itself holds the address, and with it the token.
        cause: undefined,
      },
    );
  }
}
