import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { packageRoot } from '../../../../activities/package-root.ts';
import { textOf } from '../../../../activities/alerts/telegram/text.ts';
import type { Message } from '../../../../activities/alerts/telegram/text.ts';
import type { Language } from '../../../../model/alerts-config.ts';
import type { FailureDetails } from '../../../../model/failure.ts';
import { failureMessage, failureTypes } from '../../../../model/failure.ts';
import type { Problem, ProblemKind } from '../../../../model/incident.ts';
import { telegram } from '../../../support/telegram-config.ts';
import { everyWording } from '../../../support/wordings.ts';

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
        problem: 'connection refused by 10.0.0.5:5432 & <more>\n    at line two',
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
       <blockquote expandable>connection refused by 10.0.0.5:5432 &amp; &lt;more&gt;
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
    Последний запуск завершился с ошибкой
    Причина: сервер недоступен, перегружен или отказал в доступе
    <blockquote expandable>connection refused by 10.0.0.5:5432 &amp; &lt;more&gt;
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

test("a resolved message has the problem's duration and the source's complete_through, but a link to the run that succeeded", () => {
  const run = { workflowId: 'sync-source/project_b', runId: 'succeeded' };
  const resolution = { at: '2026-11-24T20:00:00.000Z', completeThrough: '2026-11-24T19:59:58.000Z', run };
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
  expect(button?.url).toContain('succeeded');
  expect(plainOf(resolved, 'ru')).toMatchInlineSnapshot(`
    "🟢 project_b: работа восстановлена
    Длительность: 2 ч 18 мин
    Данные снова загружены до: 24.11.2026 19:59 UTC"
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
    Последний запуск завершился с ошибкой
    Причина: не удаётся прочитать источник
    таблица "events": permission denied for table events
    Начало: 24.11.2026 17:41 UTC
    Не затронуты: project_a, project_c
    Ответственные: @anna @boris
    Что делать: Проверьте права доступа, таблицу и настройки источника.
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
    plainOf({
      ...opened,
      problem: {
        subject: 'table/project_b/events',
        kind: 'held back',
        since: problem.since,
        failure: missingGrant,
      },
    }),
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
       connection refused by 10.0.0.5:5432 & <more>
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

test('the command that mutes a table of any name is one for a shell', () => {
  const held: Problem = { ...problem, kind: 'held back', subject: "table/shop/it's $HOME" };
  expect(plainOf({ ...opened, problem: held })).toContain(
    String.raw`tidehouse alerts mute 'table/shop/it'\''s $HOME' 2h`,
  );
});

const anyKind = fc.constantFrom<ProblemKind>(...everyWording.map((each) => each.problem));

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
