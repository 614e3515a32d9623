import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { createNotify, isSilentHour } from '../../../activities/alerts/notify.ts';
import type { NotifyInput, NotifyResult } from '../../../activities/alerts/notify.ts';
import { chatNames } from '../../../activities/alerts/chat-names.ts';
import type { WebhookBody } from '../../../activities/alerts/webhook-body.ts';
import { packageRoot } from '../../../activities/package-root.ts';
import type { AlertsConfig, TelegramConfig } from '../../../model/alerts-config.ts';
import { webhookName } from '../../../model/alerts-config.ts';
import { certificate, certificateKey } from '../../support/certificate.ts';
import { openChatServer, refusal } from '../../support/chat-server.ts';
import type { ChatServer, Trouble } from '../../support/chat-server.ts';
import { quietAlerts, testConfig } from '../../support/config.ts';
import { failureOf } from '../../support/failure-of.ts';

let server: ChatServer;
beforeEach(async () => {
  server = await openChatServer();
});
afterEach(() => server.stop());

const input: NotifyInput = {
  chat: '-100/7',
  kind: 'opened',
  silent: false,
  related: [],
  moreRelated: 0,
  problem: {
    subject: 'source/project_b',
    kind: 'failed',
    since: '2026-11-24T17:41:57.000Z',
    failure: { type: 'Error', message: 'it <failed> & more' },
    run: { workflowId: 'sync-source/project_b', runId: '01a2' },
  },
};

function notifyWith(
  changed: Partial<TelegramConfig> = {},
  alerts: Partial<AlertsConfig> = {},
  requestMs = 5_000,
) {
  const telegram: TelegramConfig = {
    token: { value: server.token },
    chats: [{ id: '-100', topic: 7 }],
    mention: [],
    language: 'en',
    url: server.url,
    ...changed,
  };
  const reader = testConfig({
    sources: {},
    warehouse: '',
    staging: '',
    alerts: { ...quietAlerts, webUi: 'https://temporal.example.com', telegram, ...alerts },
  });
  return createNotify(reader, { ...defaultTimeouts, requestMs });
}

const run = (notify: ReturnType<typeof notifyWith>, given = input, info = {}) =>
  new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') }).run(notify, given);

test('a message arrives complete, in its topic, with a button', async () => {
  await run(notifyWith());
  expect(server.delivered).toEqual([
    expect.objectContaining({ chat: '-100', topic: 7, html: true, silent: false }),
  ]);
  expect(server.delivered[0]!.text).toContain('it <failed> & more');
  expect(server.delivered[0]!.button).toContain('temporal.example.com');
});

test.each<[string, Trouble, object]>([
  ['its tags', refusal(400, "Bad Request: can't parse entities: unsupported tag"), { html: false }],
  ['its button', refusal(400, 'Bad Request: BUTTON_URL_INVALID'), { html: true }],
  ['its topic', refusal(400, 'Bad Request: message thread not found'), { chat: '-100' }],
  ['its length', refusal(400, 'Bad Request: message is too long'), { html: false }],
  [
    'the old id of a moved group',
    refusal(400, 'Bad Request: group chat was upgraded', { migrate_to_chat_id: -200 }),
    { chat: '-200' },
  ],
])('a message that is rejected for %s is sent without it', async (_, trouble, delivered) => {
  server.next(trouble);
  const { remarks } = (await run(notifyWith())) as NotifyResult;
  expect(server.delivered).toEqual([expect.objectContaining(delivered)]);
  expect(remarks).toHaveLength(1);
});

test.each<[string, Trouble, RegExp]>([
  [
    '400 for an unknown chat',
    refusal(400, 'Bad Request: chat not found'),
    /chat not found.*\. Check alerts\.telegram\.chat/,
  ],
  ['401', refusal(401, 'Unauthorized'), /Unauthorized.*\. Correct alerts\.telegram\.token/],
  [
    '403',
    refusal(403, 'Forbidden: bot was kicked from the group chat'),
    /kicked.*\. Add the bot to the chat again\./,
  ],
  ['404', refusal(404, 'Not Found'), /Not Found.*token/],
])('%s is final, with advice what to correct', async (_, trouble, message) => {
  server.next(trouble);
  const failure = await failureOf(notifyWith(), input);
  expect([failure.type, failure.nonRetryable]).toEqual(['CannotNotify', true]);
  expect(failure.message).toMatch(message);
  expectNoToken(failure);
});

test.each<[string, Trouble, number | undefined]>([
  ['429 with its pause', refusal(429, 'Too Many Requests: retry after 37', { retry_after: 37 }), 37_000],
  ['500', refusal(500, 'Internal Server Error'), undefined],
  ['an HTML page', { status: 502, body: '<html>Bad gateway</html>', type: 'text/html' }, undefined],
  ['a reset', 'reset', undefined],
  ['silence', 'silence', undefined],
])('%s is temporary', async (_, trouble, pause) => {
  server.next(trouble);
  const failure = await failureOf(notifyWith({}, {}, trouble === 'silence' ? 300 : undefined), input);
  expect([failure.type, failure.nonRetryable, failure.nextRetryDelay]).toEqual(['Unavailable', false, pause]);
  expect(failure.details).toEqual([
    { chat: '-100/7', causes: [{ problem: expect.stringMatching(/^Telegram /) as string }] },
  ]);
  expectNoToken(failure);
});

test('a refused connection is temporary, and its error does not contain the token', async () => {
  const failure = await failureOf(notifyWith({ url: 'http://127.0.0.1:9' }), input);
  expect(failure.type).toBe('Unavailable');
  expectNoToken(failure);
});

test('after an attempt whose message was accepted before its worker died, the next one sends nothing', async () => {
  const taken = { at: '2026-11-24T18:00:00.000Z', remarks: [] };
  expect(await run(notifyWith(), input, { attempt: 2, heartbeatDetails: taken })).toEqual(taken);
  expect(server.requestCount()).toBe(0);
});

test('a chat that is no longer in the config is a final failure', async () => {
  const failure = await failureOf(notifyWith(), { ...input, chat: '-200' });
  expect([failure.type, failure.nonRetryable]).toEqual(['CannotNotify', true]);
  expect(failure.message).toBe('Telegram chat -200: it is no longer in the config.');
});

describe('a webhook', () => {
  const key = 'Bearer nobody-may-see-this';
  const answers: { status: number; headers?: Record<string, string> }[] = [];
  const received: { readonly headers: IncomingHttpHeaders; readonly body: WebhookBody }[] = [];
  const receiver = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body: JSON.parse(body) as WebhookBody });
      const { status, headers } = answers.shift() ?? { status: 204 };
      response.writeHead(status, headers).end();
    });
  });
  let url: string;
  beforeAll(async () => {
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?key=nobody-may-see-this`;
  });
  beforeEach(() => void received.splice(0));
  afterAll(() => receiver.close());

  const webhook = () => ({ url: { value: url }, headers: { authorization: { value: key } } });
  const notify = () => notifyWith({}, { webhook: webhook() });
  const toWebhook: NotifyInput = {
    ...input,
    chat: webhookName,
    related: [{ ...input.problem, subject: 'source/project_c' }],
    moreRelated: 4,
  };

  test('is one of the chats, also alone', async () => {
    const alerts = { ...quietAlerts, webhook: webhook() };
    const reader = testConfig({ sources: {}, warehouse: '', staging: '', alerts });
    expect(await chatNames(reader)).toEqual([webhookName]);
  });

  test('receives the message as documented, with its headers', async () => {
    const info = { namespace: 'default' };
    const failure = {
      type: 'Unavailable',
      message: 'source "project_b": connection refused by 10.0.0.5:5432',
    };
    const unaffected = 'project_a';
    const opened = { ...toWebhook, problem: { ...toWebhook.problem, failure, unaffected } };
    await run(notify(), opened, info);
    const resolved: NotifyInput = {
      ...opened,
      kind: 'resolved',
      related: [],
      moreRelated: 0,
      resolution: {
        at: '2026-11-24T19:59:57.000Z',
        completeThrough: '2026-11-24T19:59:50.000Z',
        run: { workflowId: 'sync-source/project_b', runId: '01a3' },
      },
    };
    await run(notify(), resolved, info);
    expect(server.requestCount()).toBe(0);
    expect(received.map(({ headers }) => headers)).toEqual(
      received.map(
        ({ body }) => expect.objectContaining({ authorization: key, 'idempotency-key': body.id }) as object,
      ),
    );
    const documented = await readFile(join(packageRoot, 'docs', 'alerts.md'), 'utf8');
    const examples = [...documented.matchAll(/```json\n([^]*?)```/g)].map(
      ([, json]) => JSON.parse(json!) as object,
    );
    expect(received.map(({ body }) => ({ ...body, id: 'id', text: 'text' }))).toEqual(
      examples.map((example) => ({ ...example, id: 'id', text: 'text' })),
    );
  });

  test.each<[number, string, boolean, number | undefined, Record<string, string>]>([
    [500, 'Unavailable', false, undefined, {}],
    [429, 'Unavailable', false, 37_000, { 'retry-after': '37' }],
    [401, 'CannotNotify', true, undefined, {}],
    [302, 'CannotNotify', true, undefined, { location: '/elsewhere' }],
  ])('that returns %i: %s, final: %s', async (status, type, final, pauseMs, headers) => {
    answers.push({ status, headers });
    const failure = await failureOf(notify(), toWebhook);
    expect([failure.type, failure.nonRetryable, failure.nextRetryDelay]).toEqual([type, final, pauseMs]);
    expect(failure.message).toMatch(new RegExp(`^the webhook: it returned ${status}\\.`));
    expect(received).toHaveLength(1);
    expect([failure.stack, JSON.stringify(failure)].join()).not.toContain('nobody-may-see-this');
  });

  describe('that does not answer is tried again, and the error contains neither its address nor its key:', () => {
    const silent = createServer(() => undefined);
    const closing = createServer(({ socket }) => socket.destroy());
    const untrusted = createTlsServer({ cert: certificate, key: certificateKey }, ({ socket }) =>
      socket.destroy(),
    );
    const servers = [silent, closing, untrusted];
    beforeAll(() => Promise.all(servers.map((each) => once(each.listen(0, '127.0.0.1'), 'listening'))));
    afterAll(() => servers.forEach((each) => (each.closeAllConnections(), each.close())));
    const addressOf = (of: Server, protocol = 'http') =>
      `${protocol}://127.0.0.1:${(of.address() as AddressInfo).port}`;

    test.each<[string, () => string]>([
      ['connection refused', () => 'http://127.0.0.1:9'],
      ['no answer in time', () => addressOf(silent)],
      ['connection reset', () => addressOf(closing)],
      ['its certificate is not trusted', () => addressOf(untrusted, 'https')],
      ['no TLS connection', () => addressOf(silent, 'https')],
    ])('%s', async (reason, address) => {
      const gone = { ...webhook(), url: { value: `${address()}/hidden` } };
      const failure = await failureOf(notifyWith({}, { webhook: gone }, 300), toWebhook);
      expect([failure.type, failure.nonRetryable]).toEqual(['Unavailable', false]);
      expect(failure.message).toBe(`the webhook: it could not be reached (${reason}).`);
      expect([failure.stack, JSON.stringify(failure), String(failure.cause)].join()).not.toMatch(
        /hidden|nobody-may/,
      );
    });
  });

  test.each(['ops.example.com/nobody-may-see-this', 'https://[nobody-may-see-this', 'ftp://127.0.0.1'])(
    'whose address is %s has to be corrected',
    async (address) => {
      const wrong = { ...webhook(), url: { value: address } };
      const failure = await failureOf(notifyWith({}, { webhook: wrong }), toWebhook);
      expect(failure.nonRetryable).toBe(true);
      expect(failure.message).toBe(
        'the webhook: its address is not that of a web service (https://…). Check alerts.webhook in the config.',
      );
    },
  );
});

test('without a chat the message goes to the log', async () => {
  await run(notifyWith({}, { telegram: undefined }), { ...input, chat: 'log' });
  expect(server.requestCount()).toBe(0);
});

test.each([
  ['22:00', '08:00', '2026-11-24T20:30:00Z', true],
  ['22:00', '08:00', '2026-11-24T04:59:00Z', true],
  ['22:00', '08:00', '2026-11-24T05:00:00Z', false],
  ['12:00', '13:00', '2026-11-24T09:30:00Z', true],
  ['12:00', '13:00', '2026-11-24T10:30:00Z', false],
])('silent from %s to %s in Minsk, at %s: %s', (from, to, instant, silent) => {
  expect(isSilentHour({ silent: { from, to, timezone: 'Europe/Minsk' } }, Date.parse(instant))).toBe(silent);
});

/** Checks that no part of the failure contains the token. */
function expectNoToken(failure: Error): void {
  const all = [failure.message, failure.stack, JSON.stringify(failure), String(failure.cause)].join('\n');
  expect(all).not.toContain(server.token);
  expect(all).not.toContain(server.token.split(':')[1]);
}
