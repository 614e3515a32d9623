import { textOf } from '../../activities/alerts/telegram/text.ts';
import type { Message } from '../../activities/alerts/telegram/text.ts';
import type { Language } from '../../model/alerts-config.ts';
import { failureTypes } from '../../model/failure.ts';
import type { ProblemKind } from '../../model/incident.ts';
import { telegram } from '../support/telegram-config.ts';
import type { Wording } from '../support/wordings.ts';
import { everyWording } from '../support/wordings.ts';

const since = '2026-11-24T17:41:57.000Z';
const context = { namespace: 'default', now: Date.parse('2026-11-24T18:27:00.000Z') };
const dayLater = { namespace: 'default', now: Date.parse('2026-11-25T19:45:00.000Z') };
const plainOf = (message: Message, language: Language, at = context) =>
  textOf(message, { telegram: telegram(language) }, at).plain;

const messagesOf = (each: ProblemKind & { subject: string }, language: Language): string[] =>
  (['opened', 'reminder', 'resolved'] as const).map((kind) =>
    plainOf(
      {
        kind,
        problem: { ...each, since },
        related: [],
        moreRelated: 0,
        resolution: { at: '2026-11-24T20:00:00.000Z' },
      },
      language,
      kind === 'opened' ? context : dayLater,
    ),
  );

const labels: Record<
  Language,
  readonly [since: string, lasting: string, lasted: string, rest: readonly string[]]
> = {
  en: [
    'Since: 2026-11-24 17:41 UTC',
    'for 26 h 3 min',
    'Lasted: 2 h 18 min',
    ['Responsible', 'Next', 'Mute'],
  ],
  ru: [
    'Начало: 24.11.2026 17:41 UTC',
    'длится 26 ч 3 мин',
    'Длительность: 2 ч 18 мин',
    ['Ответственные', 'Что делать', 'Отключить напоминания'],
  ],
};

/** The first message, the reminder and the resolution with these words. */
function messagesWith(
  [opened, reminder, resolved, detail, next]: Wording,
  subject: string,
  language: Language,
) {
  const [began, lasting, lasted, [responsible, nextLabel, mute]] = labels[language];
  const after = [
    `${responsible}: @anna @boris`,
    ...(next === undefined ? [] : [`${nextLabel}: ${next}`]),
    `${mute}: tidehouse alerts mute ${subject} 2h`,
  ];
  return [
    [`🔴 ${opened}`, detail, began, ...after],
    [`🟠 ${reminder}`, detail, `${began} (${lasting})`, ...after],
    [`🟢 ${resolved}`, lasted],
  ].map((lines) => lines.join('\n'));
}

describe.each(everyWording)('$problem.kind of $problem.subject', ({ problem: each, ...wording }) => {
  test.each<Language>(['en', 'ru'])('has a first message, a reminder and a resolution (%s)', (language) => {
    expect(messagesOf(each, language)).toEqual(messagesWith(wording[language], each.subject, language));
  });

  test.each<Language>(['en', 'ru'])('has a complete message (%s)', (language) => {
    for (const text of messagesOf(each, language)) {
      expect(text).not.toMatch(/undefined|null|NaN|\[object/);
      expect(text.split('\n').filter((line) => line.trim() === '' || /:\s*$/.test(line))).toEqual([]);
    }
  });

  test('has no Latin words in Russian except names, ids, commands, statements and the time zone', () => {
    for (const text of messagesOf(each, 'ru')) {
      const russian = text
        .replaceAll(/(tidehouse [^\n;)]*|^(select|delete) .*)/gm, '')
        .replaceAll(
          /@\w+|docs\/operate\.md|pg_prepared_xacts|row-count|transactions\.amount \(analytics\.transactions_in_usd\)|\bUTC\b|\((staging|late_after)\)/g,
          '',
        )
        .replaceAll(/\b(project_b|minsk|sync|files|events|observe)\b/g, '');
      expect(russian.match(/[a-z]+/gi) ?? []).toEqual([]);
    }
  });
});

test.each(Object.values(failureTypes))('a failure of type %s has a Russian cause', (type) => {
  const problem = {
    subject: 'source/project_b',
    kind: 'failed',
    since,
    failure: { type, message: '' },
  } as const;
  expect(plainOf({ kind: 'opened', problem, related: [], moreRelated: 0 }, 'ru')).toMatch(
    /^Причина: [а-яё]/m,
  );
});
