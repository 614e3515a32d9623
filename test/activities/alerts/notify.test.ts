import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { createNotify, isSilentHour } from '../../../activities/alerts/notify.ts';
import type { NotifyInput, NotifyResult } from '../../../activities/alerts/notify.ts';
import type { AlertsConfig, TelegramConfig } from '../../../model/alerts-config.ts';
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

function notifyWith(changed: Partial<TelegramConfig> = {}, alerts: Partial<AlertsConfig> = {}) {
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
  return createNotify(reader, { ...defaultTimeouts, requestMs: 300 });
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
  const failure = await failureOf(notifyWith(), input);
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
