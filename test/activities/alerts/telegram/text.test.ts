import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { packageRoot } from '../../../../activities/package-root.ts';
import { textOf } from '../../../../activities/alerts/telegram/text.ts';
import type { Message } from '../../../../activities/alerts/telegram/text.ts';
import type { Language, TelegramConfig } from '../../../../model/alerts-config.ts';
import type { FailureDetails } from '../../../../model/failure.ts';
import { failureMessage, failureTypes } from '../../../../model/failure.ts';
import type { Problem, ProblemKind } from '../../../../model/incident.ts';

const failureOf = (details: FailureDetails, type: string = failureTypes.unavailable) => ({
  type,
  details,
  message: failureMessage(details),
});
const problem: Problem = {
  subject: 'source/project_b',
  kind: 'failed',
  since: '2026-11-24T17:41:57.000Z',
  failure: failureOf({
    source: 'project_b',
    causes: [
      {
        problem: 'connect ECONNREFUSED 10.0.0.5:5432 & <more>\n    at line two',
        advice: 'Check that the server is running and can be reached.',
      },
    ],
  }),
  run: { workflowId: 'sync-source/project_b', runId: '01a20ea5' },
  unaffected: 'project_a, project_c',
};
const missingGrant = failureOf(
  {
    source: 'project_b',
    causes: [
      {
        table: 'events',
        problem: 'permission denied for table events',
        advice: 'Run this at the source:',
        sql: 'grant select on "public"."events" to "reader"',
      },
    ],
  },
  failureTypes.cannotRead,
);
const opened: Message = { kind: 'opened', problem, related: [], moreRelated: 0 };
const telegram = (language: Language): TelegramConfig => ({
  token: { env: 'TOKEN' },
  chats: [{ id: '1' }],
  mention: ['@anna', '@boris'],
  language,
  url: 'https://api.telegram.org',
});
const context = { namespace: 'default', now: Date.parse('2026-11-24T18:27:00.000Z') };
const dayLater = { namespace: 'default', now: Date.parse('2026-11-25T19:45:00.000Z') };
const plainOf = (message: Message, language: Language = 'en', at = context) =>
  textOf(message, { telegram: telegram(language) }, at).plain;

test('a first message has the problem, its cause and start, the unaffected sources, the people responsible and what to do', () => {
  const { html, plain, button } = textOf(
    opened,
    { telegram: telegram('en'), webUi: 'https://temporal.example.com/' },
    context,
  );
  expect(html).toMatchInlineSnapshot(`
       "<b>🔴 project_b is failing</b>
       Its last run failed
       <blockquote expandable>connect ECONNREFUSED 10.0.0.5:5432 &amp; &lt;more&gt;
           at line two</blockquote>
       Since: 2026-11-24 17:41 UTC
       Not affected: project_a, project_c
       Responsible: @anna @boris
       Next: Check that the server is running and can be reached.
       Mute: <code>tidehouse alerts mute source/project_b 2h</code>"
    `);
  expect(plain).toContain('& <more>');
  expect(button?.url).toBe(
    'https://temporal.example.com/namespaces/default/workflows/sync-source%2Fproject_b/01a20ea5/history',
  );
});

test('a message is in Russian if configured, except for texts from servers', () => {
  const { html } = textOf(opened, { telegram: telegram('ru'), webUi: 'http://localhost:8080' }, context);
  expect(html).toMatchInlineSnapshot(`
       "<b>🔴 project_b: сбой</b>
       Последний запуск завершился ошибкой
       Причина: сервер недоступен, перегружен или отказал в доступе
       <blockquote expandable>connect ECONNREFUSED 10.0.0.5:5432 &amp; &lt;more&gt;
           at line two</blockquote>
       Начало: 24.11.2026 17:41 UTC
       Не затронуты: project_a, project_c
       Ответственные: @anna @boris
       Что делать: Проверьте, что сервер работает и доступен, а адрес и пароль верны.
       Запуск: <code>http://localhost:8080/namespaces/default/workflows/sync-source%2Fproject_b/01a20ea5/history</code>
       Отключить напоминания: <code>tidehouse alerts mute source/project_b 2h</code>"
    `);
});

test('a reminder has the duration of the problem', () => {
  const reminder: Message = { ...opened, kind: 'reminder' };
  expect(plainOf(reminder, 'en', dayLater).split('\n')).toEqual(
    expect.arrayContaining(['🟠 project_b is still failing', 'Since: 2026-11-24 17:41 UTC (for 26 h 3 min)']),
  );
  expect(plainOf(reminder, 'ru', dayLater).split('\n')).toEqual(
    expect.arrayContaining([
      '🟠 project_b: сбой продолжается',
      'Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)',
    ]),
  );
});

test("a resolved message has the problem's duration and the source's complete_through, but nothing about the failed run", () => {
  const resolution = { at: '2026-11-24T20:00:00.000Z', completeThrough: '2026-11-24T19:59:58.000Z' };
  const resolved: Message = { ...opened, kind: 'resolved', resolution };
  const { plain, button } = textOf(
    resolved,
    { telegram: telegram('en'), webUi: 'https://temporal.example.com' },
    context,
  );
  expect(plain).toMatchInlineSnapshot(`
       "🟢 project_b has recovered
       Lasted: 2 h 18 min
       Complete again through: 2026-11-24 19:59 UTC"
    `);
  expect(button).toBeUndefined();
  expect(plainOf(resolved, 'ru')).toMatchInlineSnapshot(`
       "🟢 project_b: работа восстановлена
       Длительность: 2 ч 18 мин
       Данные снова полны на: 24.11.2026 19:59 UTC"
    `);
});

test("a failure's own advice replaces the command, with SQL on a line of its own", () => {
  const { html } = textOf(
    { ...opened, problem: { ...problem, failure: missingGrant } },
    { telegram: telegram('en') },
    context,
  );
  expect(html).toMatchInlineSnapshot(`
    "<b>🔴 project_b is failing</b>
    Its last run failed
    <blockquote expandable>table "events": permission denied for table events</blockquote>
    Since: 2026-11-24 17:41 UTC
    Not affected: project_a, project_c
    Responsible: @anna @boris
    Next: Run this at the source:
    <code>grant select on "public"."events" to "reader";</code>
    Mute: <code>tidehouse alerts mute source/project_b 2h</code>"
  `);
  expect(plainOf({ ...opened, problem: { ...problem, failure: missingGrant } }, 'ru')).toMatchInlineSnapshot(`
    "🔴 project_b: сбой
    Последний запуск завершился ошибкой
    Причина: источник нельзя прочитать
    таблица "events": permission denied for table events
    Начало: 24.11.2026 17:41 UTC
    Не затронуты: project_a, project_c
    Ответственные: @anna @boris
    Что делать: Исправьте права, таблицу или настройки источника.
    grant select on "public"."events" to "reader";
    Отключить напоминания: tidehouse alerts mute source/project_b 2h"
  `);
});

test('docs/alerts.md shows messages as they are sent', () => {
  const page = readFileSync(join(packageRoot, 'docs', 'alerts.md'), 'utf8');
  const examples = [...page.matchAll(/^```\n([🔴🟠🟢][^]*?)\n```$/gmu)].map(([, text]) => text);
  const { causes } = problem.failure!.details!;
  const [refused] = causes[0].problem.split(' &');
  const failure = failureOf({ source: 'project_b', causes: [{ ...causes[0], problem: refused! }] });
  const away = { ...opened, problem: { ...problem, failure } };
  const resolution = { at: '2026-11-24T20:00:00.000Z', completeThrough: '2026-11-24T19:59:58.000Z' };
  expect(examples).toEqual([
    plainOf(away),
    plainOf({ ...away, kind: 'reminder' }, 'en', dayLater),
    plainOf({ ...away, kind: 'resolved', resolution }),
    plainOf({ ...opened, problem: { ...problem, failure: missingGrant } }),
    plainOf(away, 'ru'),
  ]);
});

test('a failure without advice is followed by the command that starts a run', () => {
  const failure = { type: 'TerminatedFailure', message: 'the run was terminated manually.' };
  const message = { ...opened, problem: { ...problem, failure } };
  expect(plainOf(message)).toContain('\nNext: tidehouse sync --source project_b\n');
  expect(plainOf(message, 'ru')).toContain('\nПричина: запуск остановлен вручную\n');
  expect(plainOf(message, 'ru')).not.toContain('terminated');
});

test('a message about several problems has a short reason for each', () => {
  const related: Problem[] = [
    { ...problem, subject: 'source/project_c', failure: missingGrant },
    { subject: 'queue/files', kind: 'no worker', since: problem.since },
    {
      subject: 'source/project_d',
      kind: 'failed',
      since: problem.since,
      failure: { type: 'Error', message: 'x'.repeat(5_000) },
    },
  ];
  const message: Message = { kind: 'opened', problem, related, moreRelated: 4 };
  expect(plainOf(message).replace(/x{100,}/, (found) => `x × ${found.length}`)).toMatchInlineSnapshot(`
       "🔴 project_b is failing
       Its last run failed
       connect ECONNREFUSED 10.0.0.5:5432 & <more>
           at line two
       Since: 2026-11-24 17:41 UTC
       Not affected: project_a, project_c
       Also found:
       • source/project_c: table "events": permission denied for table events
       • queue/files: No worker is running for the files queue
       • source/project_d: x × 159…
       • +4
       Responsible: @anna @boris
       Next: Check that the server is running and can be reached.
       Mute: tidehouse alerts mute source/project_b 2h"
    `);
});

test.each([1, 2, 20, 500])(
  'however many problems are found at once (%i), there is space for the failure and the command',
  (count) => {
    const failure = { type: 'Error', message: 'e'.repeat(300) };
    const related = Array.from({ length: Math.min(count, 20) }, (_, at) => ({
      ...problem,
      subject: `source/project_${at}`,
      failure,
    }));
    const plain = plainOf(
      {
        kind: 'opened',
        problem: { ...problem, failure: { type: 'Error', message: 'E'.repeat(5_000) } },
        related,
        moreRelated: count - related.length,
      },
      'ru',
    );
    expect(plain.length).toBeLessThanOrEqual(4_096);
    expect(plain).toContain('tidehouse sync --source project_b');
    expect(plain.match(/E+/)![0].length).toBeGreaterThan(2_000);
    expect(plain.match(/^• source\/project_\d+: e+/gm)!.length).toBe(Math.min(count, 5));
  },
);

test.each([
  ['http://localhost:8080', false],
  ['http://127.0.0.1:8233', false],
  ['http://192.168.1.4:8080', false],
  ['http://temporal-ui:8080', false],
  ['http://temporal.internal', false],
  ['https://temporal.example.com', true],
])('the run at %s is a button: %s', (webUi, isButton) => {
  const { button, plain } = textOf(opened, { webUi }, context);
  expect([button !== undefined, plain.includes(`${webUi}/namespaces`)]).toEqual([isButton, !isButton]);
});

/** One problem of each kind, and further subjects of kinds that have several. */
const kinds: Record<ProblemKind['kind'], readonly (ProblemKind & { subject: string })[]> = {
  failed: [
    { subject: 'source/project_b', kind: 'failed' },
    { subject: 'place/minsk', kind: 'failed' },
    { subject: 'schedule/sync', kind: 'failed' },
  ],
  late: [{ subject: 'source/project_b', kind: 'late', completeThrough: problem.since }],
  'long transaction': [{ subject: 'long-transaction/project_b', kind: 'long transaction', xmin: '700' }],
  'row count': [{ subject: 'row-count/project_b', kind: 'row count', tables: 'events (+3)' }],
  unreachable: [{ subject: 'warehouse', kind: 'unreachable' }],
  'task failing': [{ subject: 'source/project_b', kind: 'task failing' }],
  retrying: [{ subject: 'place/minsk', kind: 'retrying', activity: 'observe', attempts: 5 }],
  overdue: [
    { subject: 'source/project_b', kind: 'overdue', usualSeconds: 150 },
    { subject: 'place/minsk', kind: 'overdue', usualSeconds: 0 },
  ],
  missing: [{ subject: 'schedule/sync', kind: 'missing' }],
  paused: [{ subject: 'schedule/sync', kind: 'paused' }],
  idle: [{ subject: 'schedule/sync', kind: 'idle', last: problem.since }],
  'no weather': [{ subject: 'place/minsk', kind: 'no weather', last: problem.since }],
  'disk full': [{ subject: 'disk/staging', kind: 'disk full', freeBytes: 1.25 * 2 ** 30, freeShare: 0.034 }],
  'no worker': [{ subject: 'queue/files', kind: 'no worker' }],
  'invalid config': [{ subject: 'config', kind: 'invalid config' }],
  test: [{ subject: 'test/1a2b3c', kind: 'test' }],
};
const everyKind = Object.values(kinds).flat();
const messagesOf = (each: ProblemKind & { subject: string }, language: Language): string[] =>
  (['opened', 'reminder', 'resolved'] as const).map((kind) =>
    plainOf(
      {
        kind,
        problem: { ...each, since: problem.since },
        related: [],
        moreRelated: 0,
        resolution: { at: '2026-11-24T20:00:00.000Z' },
      },
      language,
      kind === 'opened' ? context : dayLater,
    ),
  );

test('the first message, the reminder and the resolution of each kind of problem, in English', () => {
  const texts = everyKind.map((each) => messagesOf(each, 'en').join('\n\n'));
  expect(texts.join('\n\n---\n\n')).toMatchInlineSnapshot(`
    "🔴 project_b is failing
    Its last run failed
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: tidehouse sync --source project_b
    Mute: tidehouse alerts mute source/project_b 2h

    🟠 project_b is still failing
    Its last run failed
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: tidehouse sync --source project_b
    Mute: tidehouse alerts mute source/project_b 2h

    🟢 project_b has recovered
    Lasted: 2 h 18 min

    ---

    🔴 Weather for minsk is failing
    Its last run failed
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: tidehouse weather --place minsk
    Mute: tidehouse alerts mute place/minsk 2h

    🟠 Weather for minsk is still failing
    Its last run failed
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: tidehouse weather --place minsk
    Mute: tidehouse alerts mute place/minsk 2h

    🟢 Weather for minsk has recovered
    Lasted: 2 h 18 min

    ---

    🔴 The sync schedule is failing
    Its last run failed
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: tidehouse schedules trigger sync
    Mute: tidehouse alerts mute schedule/sync 2h

    🟠 The sync schedule is still failing
    Its last run failed
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: tidehouse schedules trigger sync
    Mute: tidehouse alerts mute schedule/sync 2h

    🟢 The sync schedule is working again
    Lasted: 2 h 18 min

    ---

    🔴 project_b is 45 min behind
    Its runs succeed, but its data is complete only through 2026-11-24 17:41 UTC
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: Check the source's clock.
    Mute: tidehouse alerts mute source/project_b 2h

    🟠 project_b is still behind
    Its runs succeed, but its data is complete only through 2026-11-24 17:41 UTC
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: Check the source's clock.
    Mute: tidehouse alerts mute source/project_b 2h

    🟢 project_b has recovered
    Lasted: 2 h 18 min

    ---

    🔴 A long transaction is open on project_b
    Until transaction 700 ends, each run rereads everything that has changed since it began
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: Commit or end the transaction at the source; this statement shows its session, unless it is prepared (pg_prepared_xacts).
    select pid, usename, application_name, state, xact_start, query from pg_stat_activity where backend_xid = '700'::xid8::xid;
    Mute: tidehouse alerts mute long-transaction/project_b 2h

    🟠 A long transaction is still open on project_b
    Until transaction 700 ends, each run rereads everything that has changed since it began
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: Commit or end the transaction at the source; this statement shows its session, unless it is prepared (pg_prepared_xacts).
    select pid, usename, application_name, state, xact_start, query from pg_stat_activity where backend_xid = '700'::xid8::xid;
    Mute: tidehouse alerts mute long-transaction/project_b 2h

    🟢 The long transaction on project_b has ended
    Lasted: 2 h 18 min

    ---

    🔴 Row counts of project_b do not reconcile
    Rows at the source minus rows in the warehouse: events (+3)
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: Read the tables whole: see "row-count" in docs/operate.md.
    Mute: tidehouse alerts mute row-count/project_b 2h

    🟠 Row counts of project_b still do not reconcile
    Rows at the source minus rows in the warehouse: events (+3)
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: Read the tables whole: see "row-count" in docs/operate.md.
    Mute: tidehouse alerts mute row-count/project_b 2h

    🟢 Row counts of project_b reconcile again
    Lasted: 2 h 18 min

    ---

    🔴 The warehouse is unavailable
    Runs cannot use it
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: tidehouse doctor
    Mute: tidehouse alerts mute warehouse 2h

    🟠 The warehouse is still unavailable
    Runs cannot use it
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: tidehouse doctor
    Mute: tidehouse alerts mute warehouse 2h

    🟢 The warehouse is available again
    Lasted: 2 h 18 min

    ---

    🔴 The workflow of project_b cannot continue
    Its code fails on every attempt
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: Open the run to see the error, and check which version of the worker was deployed last.
    Mute: tidehouse alerts mute source/project_b 2h

    🟠 The workflow of project_b still cannot continue
    Its code fails on every attempt
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: Open the run to see the error, and check which version of the worker was deployed last.
    Mute: tidehouse alerts mute source/project_b 2h

    🟢 project_b has recovered
    Lasted: 2 h 18 min

    ---

    🔴 minsk: observe keeps failing
    It has failed 4 times, and its run is still retrying it
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Mute: tidehouse alerts mute place/minsk 2h

    🟠 minsk: observe is still failing
    It has failed 4 times, and its run is still retrying it
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Mute: tidehouse alerts mute place/minsk 2h

    🟢 Weather for minsk has recovered
    Lasted: 2 h 18 min

    ---

    🔴 project_b is taking much longer than usual
    Its run usually takes 3 min
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: Open the run to see what it is waiting for. Terminate it if it hangs: nothing is lost, and the next run starts again.
    Mute: tidehouse alerts mute source/project_b 2h

    🟠 project_b is still taking much longer than usual
    Its run usually takes 3 min
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: Open the run to see what it is waiting for. Terminate it if it hangs: nothing is lost, and the next run starts again.
    Mute: tidehouse alerts mute source/project_b 2h

    🟢 project_b has recovered
    Lasted: 2 h 18 min

    ---

    🔴 minsk is taking much longer than usual
    Its first run is still open
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: Open the run to see what it is waiting for. Terminate it if it hangs: nothing is lost, and the next run starts again.
    Mute: tidehouse alerts mute place/minsk 2h

    🟠 minsk is still taking much longer than usual
    Its first run is still open
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: Open the run to see what it is waiting for. Terminate it if it hangs: nothing is lost, and the next run starts again.
    Mute: tidehouse alerts mute place/minsk 2h

    🟢 Weather for minsk has recovered
    Lasted: 2 h 18 min

    ---

    🔴 The sync schedule is missing
    No runs are started
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: tidehouse schedules apply
    Mute: tidehouse alerts mute schedule/sync 2h

    🟠 The sync schedule is still missing
    No runs are started
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: tidehouse schedules apply
    Mute: tidehouse alerts mute schedule/sync 2h

    🟢 The sync schedule is working again
    Lasted: 2 h 18 min

    ---

    🔴 The sync schedule is paused
    Its note does not show who paused it
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: tidehouse schedules resume sync
    Mute: tidehouse alerts mute schedule/sync 2h

    🟠 The sync schedule is still paused
    Its note does not show who paused it
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: tidehouse schedules resume sync
    Mute: tidehouse alerts mute schedule/sync 2h

    🟢 The sync schedule is working again
    Lasted: 2 h 18 min

    ---

    🔴 The sync schedule has stopped starting runs
    No run has started since 2026-11-24 17:41 UTC
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: tidehouse doctor
    Mute: tidehouse alerts mute schedule/sync 2h

    🟠 The sync schedule is still not starting runs
    No run has started since 2026-11-24 17:41 UTC
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: tidehouse doctor
    Mute: tidehouse alerts mute schedule/sync 2h

    🟢 The sync schedule is working again
    Lasted: 2 h 18 min

    ---

    🔴 No new weather for minsk
    The last observation is from 2026-11-24 17:41 UTC
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: tidehouse weather --place minsk
    Mute: tidehouse alerts mute place/minsk 2h

    🟠 Still no new weather for minsk
    The last observation is from 2026-11-24 17:41 UTC
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: tidehouse weather --place minsk
    Mute: tidehouse alerts mute place/minsk 2h

    🟢 Weather for minsk has recovered
    Lasted: 2 h 18 min

    ---

    🔴 The staging disk is nearly full
    1.3 GiB free (3.4 %)
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: Free some space, or name another folder under "staging" in the config.
    Mute: tidehouse alerts mute disk/staging 2h

    🟠 The staging disk is still nearly full
    1.3 GiB free (3.4 %)
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: Free some space, or name another folder under "staging" in the config.
    Mute: tidehouse alerts mute disk/staging 2h

    🟢 The staging disk has enough space again
    Lasted: 2 h 18 min

    ---

    🔴 No worker is running for the files queue
    Its activities are waiting for one
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: tidehouse worker --queue files
    Mute: tidehouse alerts mute queue/files 2h

    🟠 Still no worker is running for the files queue
    Its activities are waiting for one
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: tidehouse worker --queue files
    Mute: tidehouse alerts mute queue/files 2h

    🟢 The files queue has a worker again
    Lasted: 2 h 18 min

    ---

    🔴 The config is invalid
    No run can start; this message was sent with the last valid config
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Next: Correct the config; the next runs use it without a restart.
    Mute: tidehouse alerts mute config 2h

    🟠 The config is still invalid
    No run can start; this message was sent with the last valid config
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Next: Correct the config; the next runs use it without a restart.
    Mute: tidehouse alerts mute config 2h

    🟢 The config is valid again
    Lasted: 2 h 18 min

    ---

    🔴 This is a test message
    "tidehouse alerts test" sent it to show that messages arrive; there is no problem
    Since: 2026-11-24 17:41 UTC
    Responsible: @anna @boris
    Mute: tidehouse alerts mute test/1a2b3c 2h

    🟠 This is a test reminder
    "tidehouse alerts test" sent it to show that messages arrive; there is no problem
    Since: 2026-11-24 17:41 UTC (for 26 h 3 min)
    Responsible: @anna @boris
    Mute: tidehouse alerts mute test/1a2b3c 2h

    🟢 The test is over
    Lasted: 2 h 18 min"
  `);
});

test('the first message, the reminder and the resolution of each kind of problem, in Russian', () => {
  const texts = everyKind.map((each) => messagesOf(each, 'ru').join('\n\n'));
  expect(texts.join('\n\n---\n\n')).toMatchInlineSnapshot(`
    "🔴 project_b: сбой
    Последний запуск завершился ошибкой
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: tidehouse sync --source project_b
    Отключить напоминания: tidehouse alerts mute source/project_b 2h

    🟠 project_b: сбой продолжается
    Последний запуск завершился ошибкой
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: tidehouse sync --source project_b
    Отключить напоминания: tidehouse alerts mute source/project_b 2h

    🟢 project_b: работа восстановлена
    Длительность: 2 ч 18 мин

    ---

    🔴 Погода для minsk: сбой
    Последний запуск завершился ошибкой
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: tidehouse weather --place minsk
    Отключить напоминания: tidehouse alerts mute place/minsk 2h

    🟠 Погода для minsk: сбой продолжается
    Последний запуск завершился ошибкой
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: tidehouse weather --place minsk
    Отключить напоминания: tidehouse alerts mute place/minsk 2h

    🟢 Погода для minsk снова поступает
    Длительность: 2 ч 18 мин

    ---

    🔴 Расписание sync: сбой
    Последний запуск завершился ошибкой
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: tidehouse schedules trigger sync
    Отключить напоминания: tidehouse alerts mute schedule/sync 2h

    🟠 Расписание sync: сбой продолжается
    Последний запуск завершился ошибкой
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: tidehouse schedules trigger sync
    Отключить напоминания: tidehouse alerts mute schedule/sync 2h

    🟢 Расписание sync снова работает
    Длительность: 2 ч 18 мин

    ---

    🔴 project_b отстаёт на 45 мин
    Запуски успешны, но данные полны только на 24.11.2026 17:41 UTC
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: Проверьте часы источника.
    Отключить напоминания: tidehouse alerts mute source/project_b 2h

    🟠 project_b всё ещё отстаёт
    Запуски успешны, но данные полны только на 24.11.2026 17:41 UTC
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: Проверьте часы источника.
    Отключить напоминания: tidehouse alerts mute source/project_b 2h

    🟢 project_b: работа восстановлена
    Длительность: 2 ч 18 мин

    ---

    🔴 project_b: слишком долгая транзакция
    Пока открыта транзакция 700, каждый запуск заново читает всё, что изменилось с её начала
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: Завершите транзакцию в источнике. Запрос покажет её сеанс; подготовленные транзакции смотрите в pg_prepared_xacts.
    select pid, usename, application_name, state, xact_start, query from pg_stat_activity where backend_xid = '700'::xid8::xid;
    Отключить напоминания: tidehouse alerts mute long-transaction/project_b 2h

    🟠 project_b: транзакция всё ещё не закрыта
    Пока открыта транзакция 700, каждый запуск заново читает всё, что изменилось с её начала
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: Завершите транзакцию в источнике. Запрос покажет её сеанс; подготовленные транзакции смотрите в pg_prepared_xacts.
    select pid, usename, application_name, state, xact_start, query from pg_stat_activity where backend_xid = '700'::xid8::xid;
    Отключить напоминания: tidehouse alerts mute long-transaction/project_b 2h

    🟢 project_b: долгая транзакция закрыта
    Длительность: 2 ч 18 мин

    ---

    🔴 project_b: количество строк не сходится
    Строк в источнике минус строк в хранилище: events (+3)
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: Перечитайте таблицы целиком: раздел row-count в docs/operate.md.
    Отключить напоминания: tidehouse alerts mute row-count/project_b 2h

    🟠 project_b: количество строк всё ещё не сходится
    Строк в источнике минус строк в хранилище: events (+3)
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: Перечитайте таблицы целиком: раздел row-count в docs/operate.md.
    Отключить напоминания: tidehouse alerts mute row-count/project_b 2h

    🟢 project_b: количество строк снова сходится
    Длительность: 2 ч 18 мин

    ---

    🔴 Хранилище недоступно
    Запуски не могут с ним работать
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: tidehouse doctor
    Отключить напоминания: tidehouse alerts mute warehouse 2h

    🟠 Хранилище всё ещё недоступно
    Запуски не могут с ним работать
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: tidehouse doctor
    Отключить напоминания: tidehouse alerts mute warehouse 2h

    🟢 Хранилище снова доступно
    Длительность: 2 ч 18 мин

    ---

    🔴 project_b: выполнение остановилось
    Код процесса завершается ошибкой при каждой попытке
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: Откройте запуск, чтобы увидеть ошибку, и проверьте, какая версия исполнителя развёрнута последней.
    Отключить напоминания: tidehouse alerts mute source/project_b 2h

    🟠 project_b: выполнение всё ещё остановлено
    Код процесса завершается ошибкой при каждой попытке
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: Откройте запуск, чтобы увидеть ошибку, и проверьте, какая версия исполнителя развёрнута последней.
    Отключить напоминания: tidehouse alerts mute source/project_b 2h

    🟢 project_b: работа восстановлена
    Длительность: 2 ч 18 мин

    ---

    🔴 minsk: операция observe не удаётся
    Неудачных попыток: 4, попытки продолжаются
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Отключить напоминания: tidehouse alerts mute place/minsk 2h

    🟠 minsk: операция observe всё ещё не удаётся
    Неудачных попыток: 4, попытки продолжаются
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Отключить напоминания: tidehouse alerts mute place/minsk 2h

    🟢 Погода для minsk снова поступает
    Длительность: 2 ч 18 мин

    ---

    🔴 project_b: запуск идёт намного дольше обычного
    Обычно он занимает 3 мин
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: Откройте запуск и посмотрите, чего он ждёт. Если он завис, остановите его: данные не потеряются, следующий запуск начнёт заново.
    Отключить напоминания: tidehouse alerts mute source/project_b 2h

    🟠 project_b: запуск всё ещё идёт намного дольше обычного
    Обычно он занимает 3 мин
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: Откройте запуск и посмотрите, чего он ждёт. Если он завис, остановите его: данные не потеряются, следующий запуск начнёт заново.
    Отключить напоминания: tidehouse alerts mute source/project_b 2h

    🟢 project_b: работа восстановлена
    Длительность: 2 ч 18 мин

    ---

    🔴 minsk: запуск идёт намного дольше обычного
    Первый запуск ещё не завершён
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: Откройте запуск и посмотрите, чего он ждёт. Если он завис, остановите его: данные не потеряются, следующий запуск начнёт заново.
    Отключить напоминания: tidehouse alerts mute place/minsk 2h

    🟠 minsk: запуск всё ещё идёт намного дольше обычного
    Первый запуск ещё не завершён
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: Откройте запуск и посмотрите, чего он ждёт. Если он завис, остановите его: данные не потеряются, следующий запуск начнёт заново.
    Отключить напоминания: tidehouse alerts mute place/minsk 2h

    🟢 Погода для minsk снова поступает
    Длительность: 2 ч 18 мин

    ---

    🔴 Расписание sync отсутствует
    Запуски не начинаются
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: tidehouse schedules apply
    Отключить напоминания: tidehouse alerts mute schedule/sync 2h

    🟠 Расписание sync всё ещё отсутствует
    Запуски не начинаются
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: tidehouse schedules apply
    Отключить напоминания: tidehouse alerts mute schedule/sync 2h

    🟢 Расписание sync снова работает
    Длительность: 2 ч 18 мин

    ---

    🔴 Расписание sync приостановлено
    В примечании не указано, кем
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: tidehouse schedules resume sync
    Отключить напоминания: tidehouse alerts mute schedule/sync 2h

    🟠 Расписание sync всё ещё приостановлено
    В примечании не указано, кем
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: tidehouse schedules resume sync
    Отключить напоминания: tidehouse alerts mute schedule/sync 2h

    🟢 Расписание sync снова работает
    Длительность: 2 ч 18 мин

    ---

    🔴 Расписание sync не начинает запуски
    С 24.11.2026 17:41 UTC не начался ни один запуск
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: tidehouse doctor
    Отключить напоминания: tidehouse alerts mute schedule/sync 2h

    🟠 Расписание sync всё ещё не начинает запуски
    С 24.11.2026 17:41 UTC не начался ни один запуск
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: tidehouse doctor
    Отключить напоминания: tidehouse alerts mute schedule/sync 2h

    🟢 Расписание sync снова работает
    Длительность: 2 ч 18 мин

    ---

    🔴 Нет новой погоды для minsk
    Последнее наблюдение: 24.11.2026 17:41 UTC
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: tidehouse weather --place minsk
    Отключить напоминания: tidehouse alerts mute place/minsk 2h

    🟠 Всё ещё нет новой погоды для minsk
    Последнее наблюдение: 24.11.2026 17:41 UTC
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: tidehouse weather --place minsk
    Отключить напоминания: tidehouse alerts mute place/minsk 2h

    🟢 Погода для minsk снова поступает
    Длительность: 2 ч 18 мин

    ---

    🔴 Диск с промежуточными файлами почти заполнен
    Свободно 1,3 ГиБ (3,4 %)
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: Освободите место или укажите другую папку (staging) в конфигурации.
    Отключить напоминания: tidehouse alerts mute disk/staging 2h

    🟠 Диск с промежуточными файлами всё ещё почти заполнен
    Свободно 1,3 ГиБ (3,4 %)
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: Освободите место или укажите другую папку (staging) в конфигурации.
    Отключить напоминания: tidehouse alerts mute disk/staging 2h

    🟢 На диске с промежуточными файлами снова достаточно места
    Длительность: 2 ч 18 мин

    ---

    🔴 Очередь files: нет исполнителя
    Задачи этой очереди ждут
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: tidehouse worker --queue files
    Отключить напоминания: tidehouse alerts mute queue/files 2h

    🟠 Очередь files: всё ещё нет исполнителя
    Задачи этой очереди ждут
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: tidehouse worker --queue files
    Отключить напоминания: tidehouse alerts mute queue/files 2h

    🟢 Очередь files: исполнитель снова есть
    Длительность: 2 ч 18 мин

    ---

    🔴 Ошибка в конфигурации
    Запуски невозможны; сообщение отправлено по последней верной конфигурации
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Что делать: Исправьте конфигурацию; перезапуск не нужен.
    Отключить напоминания: tidehouse alerts mute config 2h

    🟠 Ошибка в конфигурации не исправлена
    Запуски невозможны; сообщение отправлено по последней верной конфигурации
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Что делать: Исправьте конфигурацию; перезапуск не нужен.
    Отключить напоминания: tidehouse alerts mute config 2h

    🟢 Конфигурация исправлена
    Длительность: 2 ч 18 мин

    ---

    🔴 Проверка сообщений
    Сообщение отправлено командой tidehouse alerts test; ничего не случилось
    Начало: 24.11.2026 17:41 UTC
    Ответственные: @anna @boris
    Отключить напоминания: tidehouse alerts mute test/1a2b3c 2h

    🟠 Проверка напоминаний
    Сообщение отправлено командой tidehouse alerts test; ничего не случилось
    Начало: 24.11.2026 17:41 UTC (длится 26 ч 3 мин)
    Ответственные: @anna @boris
    Отключить напоминания: tidehouse alerts mute test/1a2b3c 2h

    🟢 Проверка окончена
    Длительность: 2 ч 18 мин"
  `);
});

describe.each(everyKind)('$kind of $subject', (each) => {
  test.each<Language>(['en', 'ru'])('has a complete message (%s)', (language) => {
    for (const text of messagesOf(each, language)) {
      expect(text).not.toMatch(/undefined|null|NaN|\[object/);
      expect(text.split('\n').filter((line) => line.trim() === '' || /:\s*$/.test(line))).toEqual([]);
    }
  });

  test('has no Latin words in Russian except names, ids, commands, statements and the time zone', () => {
    for (const text of messagesOf(each, 'ru')) {
      const russian = text
        .replaceAll(/(tidehouse [^\n;)]*|^select .*)/gm, '')
        .replaceAll(/@\w+|docs\/operate\.md|pg_prepared_xacts|row-count|\bUTC\b|\(staging\)/g, '')
        .replaceAll(/\b(project_b|minsk|sync|files|events|observe)\b/g, '');
      expect(russian.match(/[a-z]+/gi) ?? []).toEqual([]);
    }
  });
});

test.each(Object.values(failureTypes))('a failure of type %s has a Russian cause', (type) => {
  const failure = { type, message: '' };
  expect(plainOf({ ...opened, problem: { ...problem, failure } }, 'ru')).toMatch(/^Причина: [а-яё]/m);
});

const anyKind = fc.constantFrom<ProblemKind>(...everyKind);

test('for any failure the text fits into a message and all its tags are closed', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6_000, size: 'max' }),
    fc.stringMatching(/^[<>&]{4000,5000}$/),
    fc.string({ unit: 'grapheme', maxLength: 6_000, size: 'max' }),
  );
  fc.assert(
    fc.property(
      anyText,
      anyText,
      anyKind,
      fc.array(anyText, { maxLength: 4 }),
      fc.array(anyText, { maxLength: 2 }),
      fc.constantFrom<Language>('en', 'ru'),
      (text, name, kind, others, statements, language) => {
        const causes = [
          { problem: text, advice: text },
          ...statements.map((sql) => ({ problem: text, sql })),
        ] as const;
        const failure = failureOf({ source: name, causes });
        const worst: Problem = { ...problem, ...kind, subject: `source/${name}`, failure, unaffected: text };
        const related = others.map((subject) => ({ ...worst, subject }));
        const message: Message = { kind: 'opened', problem: worst, related, moreRelated: 3 };
        const alerts = { telegram: telegram(language), webUi: 'http://localhost:8080' };
        const { html, plain } = textOf(message, alerts, context);
        const withoutTags = html.replaceAll(/<(b|code|blockquote expandable)>|<\/(b|code|blockquote)>/g, '');
        expect(withoutTags).not.toMatch(/[<>]/);
        for (const tag of ['b', 'code', 'blockquote'])
          expect(html.split(new RegExp(`<${tag}[ >]`)).length).toBe(html.split(`</${tag}>`).length);
        const read = withoutTags.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
        expect(read).toBe(plain);
        expect(read.length).toBeLessThanOrEqual(4_096);
      },
    ),
    { numRuns: 200 },
  );
});
