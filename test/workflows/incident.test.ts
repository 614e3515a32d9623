import type { AlertsConfig } from '../../model/alerts-config.ts';
import type { Config } from '../../model/config.ts';
import type { IncidentInput, IncidentState, Mute } from '../../model/incident.ts';
import {
  chatsSignal,
  incidentId,
  muteId,
  muteSignal,
  partsOf,
  resolvedSignal,
  subjectOf,
  unmuteSignal,
} from '../../model/incident.ts';
import { taskQueue, workflowTypes } from '../../model/names.ts';
import type { incident } from '../../workflows/index.ts';
import { applySchedules } from '../../client/schedules/apply.ts';
import { registerSearchAttributes } from '../../client/schedules/search-attributes.ts';
import { readIncidents } from '../../client/status/incidents.ts';
import { refusal } from '../support/chat-server.ts';
import { eventually } from '../support/eventually.ts';
import { textOf } from '../support/history.ts';
import { openWatch } from '../support/watch.ts';
import type { Watch } from '../support/watch.ts';

let watch: Watch;
let usual: Config;
beforeAll(async () => {
  watch = await openWatch();
  usual = watch.config;
  watch.activities = activities;
  await registerSearchAttributes(watch.temporal.client);
  await applySchedules(watch.temporal.client, usual);
});
afterAll(() => watch.close());
beforeEach(() => {
  watch.config = usual;
  watch.activities = activities;
  watch.chat.always(undefined);
});

const client = () => watch.temporal.client;
/** Runs started by the schedule during a test have nothing to do. */
const activities: Watch['activities'] = {
  listSources: () => Promise.resolve({ names: [], searchAttributes: [] }),
};
let serial = 0;

/** Opens the incident of a new subject. */
async function open(changed: Partial<IncidentInput> = {}) {
  const subject = `test/shop_${++serial}`;
  const handle = await client().workflow.start<typeof incident>(workflowTypes.incident, {
    taskQueue,
    workflowId: incidentId(subject),
    args: [
      {
        problem: {
          subject,
          kind: 'failed',
          since: '2026-11-24T17:41:57.000Z',
          failure: { type: 'Error', message: 'broken' },
        },
        related: [],
        moreRelated: 0,
        silent: false,
        remindAfterMinutes: 60,
        ...changed,
      },
    ],
  });
  return {
    subject,
    handle,
    resolve: () =>
      handle.signal(resolvedSignal, {
        at: '2026-11-24T18:41:57.000Z',
        completeThrough: '2026-11-24T18:41:50.000Z',
      }),
    state: () => handle.query<IncidentState>('state'),
    messages: () => messagesAbout(subject),
  };
}

/** The kinds of the chat's messages about the subject, by their first sign. */
function messagesAbout(subject: string): string[] {
  const { name } = partsOf(subject);
  const signs: Record<string, string> = { '🔴': 'opened', '🟠': 'reminder', '🟢': 'resolved' };
  return watch.chat.delivered
    .filter(({ text }) => text.split('\n')[0]!.split(' ')[1] === name)
    .map(({ text }) => signs[String.fromCodePoint(text.codePointAt(0)!)]!);
}

function withAlerts(changed: Partial<AlertsConfig>): void {
  watch.config = { ...usual, alerts: { ...usual.alerts, ...changed } };
}

test('an incident notifies once when it opens and once when it is resolved', async () => {
  const one = await open();
  await eventually('the chat is notified', () => one.messages().length === 1);
  await one.resolve();
  await one.resolve();
  expect((await one.handle.result()).notifications.map(({ message }) => message)).toEqual([
    'opened',
    'resolved',
  ]);
  expect(one.messages()).toEqual(['opened', 'resolved']);
  expect(watch.chat.delivered.at(-1)?.text).toContain('Lasted: 1 h');
});

test('an incident sends reminders for as long as it lasts', async () => {
  const one = await open({ remindAfterMinutes: 0.1 / 60 });
  await eventually('two reminders were sent', () => one.messages().length >= 3);
  await one.resolve();
  await one.handle.result();
  expect(one.messages().slice(0, 3)).toEqual(['opened', 'reminder', 'reminder']);
  expect(one.messages().at(-1)).toBe('resolved');
});

test('a muted incident sends nothing until it is resolved, and that message has no sound', async () => {
  const one = await open({ remindAfterMinutes: 0.7 / 60 });
  await eventually('the chat is notified', () => one.messages().length === 1);
  await one.handle.signal<[Mute]>(muteSignal, muteFor(7_200_000));
  await eventually('a reminder would have come', async () => {
    const { events } = await one.handle.fetchHistory();
    return (events ?? []).filter((event) => event.timerFiredEventAttributes).length >= 2;
  });
  // The last mute counts.
  const { until } = muteFor(3_600_000);
  await one.handle.signal<[Mute]>(muteSignal, { until });
  expect((await one.state()).status).toBe('muted');
  expect((await readIncidents(client())).find(({ id }) => id === one.subject)?.mutedUntil).toBe(until);
  await one.resolve();
  await one.handle.result();
  expect(one.messages()).toEqual(['opened', 'resolved']);
  expect(watch.chat.delivered.at(-1)?.silent).toBe(true);
});

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const muteFor = (ms: number): Mute => ({ until: inMs(ms) });

test('a muted incident can be cancelled', async () => {
  const one = await open();
  await one.handle.signal<[Mute]>(muteSignal, muteFor(3_600_000));
  await eventually('it is muted', async () => (await one.state()).status === 'muted');
  await one.handle.cancel();
  await expect(one.handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
});

test('an incident that is muted while it is quiet sends nothing at the end of its quiet time', async () => {
  const one = await open({ quietUntil: inMs(300) });
  await one.handle.signal<[Mute]>(muteSignal, muteFor(3_600_000));
  await eventually('its quiet time is over', async () => {
    const { events } = await one.handle.fetchHistory();
    return (events ?? []).some((event) => event.timerFiredEventAttributes);
  });
  await one.resolve();
  expect((await one.handle.result()).notifications).toEqual([]);
});

test.each([
  ['muted', { remindAfterMinutes: 0.3 / 60 }, ['opened', 'reminder']],
  ['quiet', { quietUntil: inMs(3_600_000) }, ['opened']],
])('an incident that is %s speaks again when that is taken back', async (is, changed, expected) => {
  const one = await open(changed);
  if (is === 'muted') await one.handle.signal<[Mute]>(muteSignal, muteFor(3_600_000));
  await one.handle.signal(unmuteSignal);
  await eventually('the chat is notified', () => one.messages().length >= expected.length);
  expect(one.messages().slice(0, expected.length)).toEqual(expected);
  const shown = (await readIncidents(client())).find(({ id }) => id === one.subject);
  expect(shown).toMatchObject({ quietUntil: null, mutedUntil: null });
  await one.resolve();
  await one.handle.result();
});

test('a chat that is added to the config while an incident is open is notified, once', async () => {
  const one = await open();
  await eventually('the chat is notified', () => one.messages().length === 1);
  const telegram = { ...usual.alerts.telegram!, chats: [{ id: '-100' }, { id: '-200' }] };
  withAlerts({ telegram });
  for (let again = 0; again < 2; again++)
    await one.handle.signal<[readonly string[]]>(chatsSignal, ['-100', '-200']);
  await eventually('the other chat is notified', () => one.messages().length === 2);
  await one.resolve();
  const { notifications } = await one.handle.result();
  const to = (chat: string) =>
    notifications.filter((each) => each.chat === chat).map(({ message }) => message);
  expect([to('-100'), to('-200')]).toEqual([
    ['opened', 'resolved'],
    ['opened', 'resolved'],
  ]);
});

test('an incident that is resolved within its quiet time sends nothing', async () => {
  const one = await open({ quietUntil: inMs(3_600_000) });
  await one.resolve();
  expect((await one.handle.result()).notifications).toEqual([]);
  expect(one.messages()).toEqual([]);
});

test('an incident announced by another one sends only its resolution, without a sound', async () => {
  const one = await open({ silent: true });
  await one.resolve();
  await one.handle.result();
  expect(one.messages()).toEqual(['resolved']);
  expect(watch.chat.delivered.at(-1)?.silent).toBe(true);
});

test('an incident waits for an unavailable chat, and then sends its messages in order', async () => {
  watch.chat.always('reset');
  const before = watch.chat.requestCount();
  const one = await open();
  await eventually('it was tried', () => watch.chat.requestCount() > before);
  await one.resolve();
  watch.chat.always(undefined);
  await one.handle.result();
  expect(one.messages()).toEqual(['opened', 'resolved']);
}, 60_000);

test('an incident waits as long as the chat asks for', async () => {
  watch.chat.next(refusal(429, 'Too Many Requests: retry after 1', { retry_after: 1 }));
  const one = await open();
  await eventually('the chat is notified', () => one.messages().length === 1);
  await one.resolve();
  await one.handle.result();
  expect(one.messages()).toEqual(['opened', 'resolved']);
});

test('an incident with a chat that refuses messages notifies the others, shows the reason, and ends', async () => {
  const telegram = { ...usual.alerts.telegram!, chats: [{ id: '-100' }, { id: '-666' }] };
  withAlerts({ telegram });
  watch.chat.always(refusal(403, 'Forbidden: bot was kicked from the group chat'), (chat) => chat === '-666');
  const one = await open();
  await eventually('both were tried', async () => {
    const { notifications, undelivered } = await one.state();
    return notifications.length === 1 && undelivered['-666'];
  });
  expect((await one.state()).undelivered['-666']).toContain('Add the bot to the chat again');
  await one.resolve();
  const { notifications } = await one.handle.result();
  expect(notifications.map(({ chat, message }) => [chat, message])).toEqual([
    ['-100', 'opened'],
    ['-100', 'resolved'],
  ]);
});

test('a message is sent again when it was accepted but the response was lost', async () => {
  watch.chat.next('lost');
  const one = await open();
  await eventually('the chat is notified', async () => (await one.state()).notifications.length === 1);
  await one.resolve();
  await one.handle.result();
  expect(one.messages()).toEqual(['opened', 'opened', 'resolved']);
});

test('simultaneous health checks open an incident once', async () => {
  await watch.warehouse.query(
    `insert into ops.source (source, complete_through) values ('project_a', now() - interval '1 day')`,
  );
  const checks = await Promise.all([watch.check(), watch.check(), watch.check()]);
  expect(checks.map((check) => Object.entries(check)[0])).toEqual(
    checks.map(() => ['found', '1 open incident, 0 resolved']),
  );
  await watch.notified('source/project_a');
  // An open incident learns of a new chat from the next health check.
  const telegram = { ...usual.alerts.telegram!, chats: [{ id: '-100' }, { id: '-200' }] };
  withAlerts({ telegram });
  await Promise.all([watch.check(), watch.check()]);
  await eventually('the other chat is notified', () => messagesAbout('source/project_a').length === 2);
  const calm = await watch.check();
  expect(calm.open).toContain('source/project_a');
  await watch.warehouse.query('update ops.source set complete_through = now()');
  await Promise.all([watch.check(), watch.check()]);
  await eventually('it has closed', async () => {
    const open = await readIncidents(client());
    return !open.some(({ id }) => id === 'source/project_a');
  });
  expect(messagesAbout('source/project_a')).toEqual(['opened', 'opened', 'resolved', 'resolved']);
});

test("the incident of a source's clock, and of its columns, is found by the source in the list of runs", async () => {
  await watch.warehouse.query(
    `update ops.source set complete_through = now(), clock_ahead = '5 minutes' where source = 'project_a'`,
  );
  await watch.warehouse.query(
    `create table clean.carts (note text);
     create view notes as select note from clean.carts;
     insert into ops.position (source, table_name, rows, shape, changed_at, dropped_columns)
     values ('project_a', 'carts', 0, '{"columns":[]}', now(), '[{"name":"note","since":"2026-11-24T17:41:57Z"}]')`,
  );
  await watch.until('clock/project_a', 'open');
  await watch.until('columns/project_a', 'open');
  const query = `WorkflowType = 'incident' and ExecutionStatus = 'Running' and Source = 'project_a'`;
  await eventually('both are listed', async () => {
    const found: string[] = [];
    for await (const { workflowId } of client().workflow.list({ query })) found.push(subjectOf(workflowId));
    return ['clock/project_a', 'columns/project_a'].every((subject) => found.includes(subject));
  });
  await watch.warehouse.query(`update ops.source set clock_ahead = '0 s'; delete from ops.position`);
  await watch.until('clock/project_a', 'resolved');
  await watch.until('columns/project_a', 'resolved');
});

test('a mute ends with its incident, and a mute for a time does not', async () => {
  const late = (ago: string) =>
    watch.warehouse.query(
      `insert into ops.source (source, complete_through) values ('project_a', now() - $1::interval)
       on conflict (source) do update set complete_through = excluded.complete_through`,
      [ago],
    );
  const closed = () =>
    eventually('it has closed', async () =>
      (await readIncidents(client())).every(({ id }) => id !== 'source/project_a'),
    );
  const before = messagesAbout('source/project_a').length;
  const fail = async () => {
    await late('1 day');
    await watch.until('source/project_a', 'open');
  };
  const recover = async () => {
    await late('0 s');
    await watch.until('source/project_a', 'resolved');
    await closed();
  };
  const incident = client().workflow.getHandle(incidentId('source/project_a'));
  await fail();
  await watch.notified('source/project_a');
  await incident.signal<[Mute]>(muteSignal, muteFor(3_600_000));
  await recover();
  await fail();
  await watch.notified('source/project_a');
  await recover();
  const window = await client().workflow.start(workflowTypes.mute, {
    taskQueue,
    workflowId: muteId('source/project_a'),
    args: [muteFor(3_600_000)],
    memo: { ...muteFor(3_600_000) },
  });
  await fail();
  expect((await readIncidents(client()))[0]).toMatchObject({ notifiedAt: null });
  await recover();
  await window.cancel();
  expect(messagesAbout('source/project_a').slice(before)).toEqual([
    'opened',
    'resolved',
    'opened',
    'resolved',
  ]);
});

test('a flapping source sends one first message within the quiet time', async () => {
  withAlerts({ quietMs: 3_600_000 });
  const late = (ago: string) =>
    watch.warehouse.query(
      `insert into ops.source (source, complete_through) values ('project_b', now() - $1::interval)
       on conflict (source) do update set complete_through = excluded.complete_through`,
      [ago],
    );
  for (let flap = 0; flap < 3; flap++) {
    await late('1 day');
    await watch.until('source/project_b', 'open');
    if (flap === 0) await watch.notified('source/project_b');
    await late('0 s');
    await watch.until('source/project_b', 'resolved');
    await eventually('it has closed', async () =>
      (await readIncidents(client())).every(({ id }) => id !== 'source/project_b'),
    );
  }
  expect(messagesAbout('source/project_b')).toEqual(['opened', 'resolved']);
});

test('many problems found at once are announced in one message', async () => {
  const sources = Object.fromEntries(
    ['a', 'b', 'c', 'd'].map((name) => [`shop_${name}`, usual.sources['project_a']!]),
  );
  watch.config = { ...usual, sources };
  const before = watch.chat.delivered.length;
  await watch.warehouse.query(
    `insert into ops.source (source, complete_through)
     select 'shop_' || name, now() - interval '1 day' from unnest(array['a', 'b', 'c', 'd']) as name`,
  );
  await watch.until('source/shop_d', 'open');
  await eventually('the incident is found by its source', async () => {
    const query = `Source = 'shop_d' AND Subject = 'source/shop_d' AND ExecutionStatus = 'Running'`;
    return (await client().workflow.count(query)).count === 1;
  });
  await eventually('the chat is notified', () => watch.chat.delivered.length > before);
  await watch.warehouse.query(`update ops.source set complete_through = now()`);
  await watch.until('source/shop_d', 'resolved');
  await eventually('the end of each is sent', () => watch.chat.delivered.length === before + 5);
  const [first, ...rest] = watch.chat.delivered.slice(before);
  for (const name of ['a', 'b', 'c', 'd']) expect(first!.text).toContain(`source/shop_${name}`);
  expect(rest.every(({ text }) => text.startsWith('🟢'))).toBe(true);
});

test('the token is in no history', async () => {
  const texts: string[] = [];
  for await (const { workflowId, runId } of client().workflow.list({ query: `WorkflowType = 'incident'` }))
    texts.push(textOf(await client().workflow.getHandle(workflowId, runId).fetchHistory()));
  expect(texts.length).toBeGreaterThan(5);
  expect(texts.join('\n')).not.toContain(watch.chat.token.split(':')[1]);
});
