// @ts-nocheck
import fc from 'fast-check';
import { textOf } from '../../../../activities/alerts/telegram/text.ts';
import type { Message } from '../../../../activities/alerts/telegram/text.ts';
import type { TelegramConfig } from '../../../../model/alerts-config.ts';
import type { Problem } from '../../../../model/incident.ts';

const problem: Problem = {
  subject: 'source/project_b',
  kind: 'failed',
  since: '2026-11-24T17:41:57.000Z',
  error: 'source "project_b": connect ECONNREFUSED; see whether it is up & <reachable>.\n    at line two',
  run: { workflowId: 'sync-source/project_b', runId: '01a20ea5' },
  unaffected: 'project_a, project_c',
};
const down: Message = { kind: 'opened', problem, related: [], moreRelated: 0 };
const telegram = (language: 'en' | 'ru'): TelegramConfig => ({
  token: { env: 'TOKEN' },
  chats: [{ id: '1' }],
  mention: ['@anna', '@boris'],
  language,
  url: 'https://api.telegram.org',
});

test('a message that something is wrong says what, since when, what works, why, who and what to try', () => {
  const { html, plain, button } = textOf(
    down,
    { telegram: telegram('en'), webUi: 'https://temporal.example.com/' },
    'default',
  );
  expect(html).toMatchInlineSnapshot(`
   "<b>🔴 Wrong: source/project_b</b>
   the last run of project_b failed
   Since: 2026-11-24 17:41 UTC
   Goes on as usual: project_a, project_c
   Responsible: @anna @boris
   <blockquote expandable>source "project_b": connect ECONNREFUSED; see whether it is up &amp; &lt;reachable&gt;.
       at line two</blockquote>
   Try: <code>tidehouse sync --source project_b</code>"
  `);
  expect(plain).toContain('& <reachable>');
  expect(button?.url).toBe(
    'https://temporal.example.com/namespaces/default/workflows/sync-source%2Fproject_b/01a20ea5/history',
  );
});

test('a message that tells of several things says of each why, in short', () => {
  const besides: Problem['besides'] = [
    {
      subject: 'source/project_c',
      kind: 'failed',
      error: 'source "project_c": role "reader" <may> not log in; correct the URL.\n    at line two',
    },
    { subject: 'queue/files', kind: 'no worker' },
    { subject: 'disk/staging', kind: 'disk full', free: '1 %', error: 'x'.repeat(5_000) },
  ];
  const others = ['source/project_c', 'queue/files', 'disk/staging', 'place/minsk'];
  const { plain } = textOf({ kind: 'opened', problem: { ...problem, besides }, others }, {}, 'default');
  expect(plain.replace(/x{100,}/, (found) => `x × ${found.length}`)).toMatchInlineSnapshot(`
   "🔴 Wrong: source/project_b
   the last run of project_b failed
   Since: 2026-11-24 17:41 UTC
   Goes on as usual: project_a, project_c
   Also wrong, found at the same time:
   • source/project_c: role "reader" <may> not log in; correct the URL.
   • queue/files: no worker takes the work of task queue files
   • disk/staging: x × 159…
   • place/minsk
   source "project_b": connect ECONNREFUSED; see whether it is up & <reachable>.
       at line two
   Try: tidehouse sync --source project_b"
  `);
});

test.each([1, 2, 20, 500])(
  'however many things are told of at once (%i), the error and the command keep their room',
  (count) => {
    const others = Array.from({ length: count }, (_, at) => `source/project_${at}`);
    const besides = others.map((subject) => ({ subject, what: problem.what, error: 'e'.repeat(300) }));
    const { plain } = textOf(
      {
        kind: 'opened',
        problem: { ...problem, besides: besides.slice(0, 20), error: 'E'.repeat(5_000) },
        others,
      },
      { telegram: telegram('ru') },
      'default',
    );
    expect(plain.length).toBeLessThanOrEqual(4_096);
    expect(plain).toContain('tidehouse sync --source project_b');
    expect(plain.match(/E+/)![0].length).toBeGreaterThan(2_000);
    expect(plain.match(/^• source\/project_\d+: e+/gm)!.length).toBe(Math.min(count, 5));
  },
);

test('a message is in Russian where that is configured', () => {
  const { html } = textOf(down, { telegram: telegram('ru'), webUi: 'http://localhost:8080' }, 'default');
  expect(html).toMatchInlineSnapshot(`
   "<b>🔴 Сбой: source/project_b</b>
   последний запуск project_b завершился ошибкой
   С: 2026-11-24 17:41 UTC
   Работает как обычно: project_a, project_c
   Ответственные лица: @anna @boris
   <blockquote expandable>source "project_b": connect ECONNREFUSED; see whether it is up &amp; &lt;reachable&gt;.
       at line two</blockquote>
   Запуск: <code>http://localhost:8080/namespaces/default/workflows/sync-source%2Fproject_b/01a20ea5/history</code>
   Попробуйте: <code>tidehouse sync --source project_b</code>"
  `);
});

test('a message that it is well says how long it lasted and what was caught up, and calls nobody', () => {
  const well = { at: '2026-11-24T20:00:00.000Z', completeThrough: '2026-11-24T19:59:58.000Z' };
  const { plain } = textOf({ ...down, kind: 'resolved', well }, { telegram: telegram('en') }, 'default');
  expect(plain).toMatchInlineSnapshot(`
   "🟢 Resolution again: source/project_b
   the last run of project_b failed
   It lasted: 2 h 18 min
   Complete again through: 2026-11-24 19:59 UTC"
  `);
});

test.each([
  ['http://localhost:8080', false],
  ['http://127.0.0.1:8233', false],
  ['http://192.168.1.4:8080', false],
  ['http://temporal-ui:8080', false],
  ['http://temporal.internal', false],
  ['https://temporal.example.com', true],
])('the run at %s is a button: %s', (webUi, isButton) => {
  const { button, plain } = textOf(down, { webUi }, 'default');
  expect([button !== undefined, plain.includes(`${webUi}/namespaces`)]).toEqual([isButton, !isButton]);
});

const anyKind = fc.constantFrom<Problem['what']>(
  { kind: 'failed' },
  { kind: 'late', completeThrough: '2026-11-24T17:41:57.000Z' },
  { kind: 'unreconciled', tables: 'events (3)' },
  { kind: 'retrying', step: '<b>', attempts: 7 },
  { kind: 'disk full', free: '1 & 2' },
);

test('whatever the error is, the text fits into a message and every tag in it is closed', () => {
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
      (error, name, what, others) => {
        const besides = others.slice(1).map((subject) => ({ subject, what, error }));
        const told = { ...problem, subject: name, what, error, besides };
        const message: Message = { kind: 'opened', problem: told, others };
        const { html, plain } = textOf(message, { telegram: telegram('ru') }, 'default');
        const withoutTags = html.replaceAll(/<(b|code|blockquote expandable)>|<\/(b|code|blockquote)>/g, '');
        expect(withoutTags).not.toMatch(/[<>]/);
        expect(html.match(/<b>/g)).toHaveLength(1);
        expect(html.match(/<\/b>/g)).toHaveLength(1);
        expect((html.match(/<blockquote expandable>/g) ?? []).length).toBe(
          (html.match(/<\/blockquote>/g) ?? []).length,
        );
        const read = withoutTags.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
        expect(read).toBe(plain);
        expect(read.length).toBeLessThanOrEqual(4_096);
      },
    ),
    { numRuns: 200 },
  );
});
