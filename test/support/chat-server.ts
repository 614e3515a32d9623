import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message that a chat has accepted. */
export interface Delivered {
  readonly chat: string;
  readonly text: string;
  readonly silent: boolean;
  readonly topic?: number;
  readonly html: boolean;
  readonly button?: string;
}

/** A fault in place of a delivery. `lost`: the message is delivered, but the response is lost. */
export type Trouble =
  | { readonly status: number; readonly body: string | object; readonly type?: string }
  | 'reset'
  | 'silence'
  | 'lost';

export interface ChatServer {
  readonly url: string;
  readonly token: string;
  readonly delivered: readonly Delivered[];
  /** The number of requests, delivered or not. */
  requestCount(): number;
  /** Sets the faults of the next requests, in order; afterwards messages are delivered again. */
  next(...troubles: readonly Trouble[]): void;
  /** Sets the fault of all further requests for the chats that `which` selects; undefined ends it. */
  always(trouble: Trouble | undefined, which?: (chat: string) => boolean): void;
  stop(): Promise<void>;
}

interface SendMessage {
  readonly chat_id: string | number;
  readonly text: string;
  readonly parse_mode?: string;
  readonly message_thread_id?: number;
  readonly disable_notification?: boolean;
  readonly reply_markup?: { readonly inline_keyboard: readonly (readonly { readonly url: string }[])[] };
}

/** Telegram's response to a rejected request. */
export function refusal(code: number, description: string, parameters?: object): Trouble {
  return {
    status: code,
    body: { ok: false, error_code: code, description, ...(parameters && { parameters }) },
  };
}

/**
 * A server on loopback that implements the Bot API's `sendMessage` (https://core.telegram.org/bots/api#sendmessage) as far as
 * messages need it: the token in the path, checks of length, tags and buttons, and any fault that a test sets.
 */
export async function openChatServer(): Promise<ChatServer> {
  const token = '7654321:Secret-of-the-bot_that-nobody-may-see';
  const delivered: Delivered[] = [];
  const queue: Trouble[] = [];
  let standing: { trouble: Trouble; which: (chat: string) => boolean } | undefined;
  let requests = 0;

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as SendMessage;
    requests++;
    const chat = String(body.chat_id);
    const trouble = queue.shift() ?? (standing?.which(chat) ? standing.trouble : undefined);
    if (trouble === 'silence') return;
    if (trouble === 'reset') return void request.socket.destroy();
    const answer = trouble === undefined || trouble === 'lost' ? take(request, body) : trouble;
    if (trouble === 'lost') return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': answer.type ?? 'application/json' });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  };

  const take = (request: IncomingMessage, body: SendMessage): Exclude<Trouble, string> => {
    const refuse = (code: number, description: string) =>
      refusal(code, description) as Exclude<Trouble, string>;
    if (request.url !== `/bot${token}/sendMessage`) return refuse(401, 'Unauthorized');
    const html = body.parse_mode === 'HTML';
    if (html && !isHtml(body.text))
      return refuse(400, "Bad Request: can't parse entities: unsupported start tag");
    const read = html ? unescaped(body.text) : body.text;
    if (read.length > 4096) return refuse(400, 'Bad Request: message is too long');
    const button = body.reply_markup?.inline_keyboard[0]?.[0]?.url;
    if (button !== undefined && !new URL(button).hostname.includes('.'))
      return refuse(400, 'Bad Request: BUTTON_URL_INVALID');
    delivered.push({
      chat: String(body.chat_id),
      text: read,
      silent: body.disable_notification ?? false,
      html,
      ...(body.message_thread_id !== undefined && { topic: body.message_thread_id }),
      ...(button !== undefined && { button }),
    });
    const message = { message_id: delivered.length, date: 0, chat: { id: body.chat_id }, text: read };
    return { status: 200, body: { ok: true, result: message } };
  };

  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    delivered,
    requestCount: () => requests,
    next: (...troubles) => void queue.push(...troubles),
    always(trouble, which = () => true) {
      standing = trouble && { trouble, which };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Whether all tags are known and closed in order, and nothing else looks like a tag. */
function isHtml(text: string): boolean {
  const open: string[] = [];
  const rest = text.replaceAll(
    /<(\/?)(b|code|blockquote)( expandable)?>/g,
    (_, close: string, name: string) => {
      if (close && open.pop() !== name) open.push('a tag that was not open');
      if (!close) open.push(name);
      return '';
    },
  );
  return open.length === 0 && !/[<>]/.test(rest) && !/&(?!amp;|lt;|gt;)/.test(rest);
}

function unescaped(text: string): string {
  return text
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
