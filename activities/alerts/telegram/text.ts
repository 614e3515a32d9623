import type { AlertsConfig, Language } from '../../../model/alerts-config.ts';
import type { MessageKind, Problem, Resolution } from '../../../model/incident.ts';
import type { Words } from '../../../model/incident-words.ts';
import { headlineOf, phraseOf } from '../../../model/incident-words.ts';
import { causeText, nextActionOf, reasonOf } from '../../../model/failure-lines.ts';
import { english } from '../../../model/incident-words-en.ts';
import { russian } from '../../../model/incident-words-ru.ts';
import { shellWord } from '../../../model/shell-word.ts';
import { shortened } from '../../../model/shortened.ts';
import type { Line } from './line.ts';
import { boldLine, codeLine, quoteLine, textLine } from './line.ts';
import type { RunLink } from './run-link.ts';
import { hasPublicHost, runUrl } from './run-link.ts';

/** The content of a message, independent of its language. */
export interface Message {
  readonly kind: MessageKind;
  readonly problem: Problem;
  readonly related: readonly Problem[];
  readonly moreRelated: number;
  readonly resolution?: Resolution | undefined;
}

/** The context of a message: Temporal's namespace, for links, and the current time in ms. */
export interface MessageContext {
  readonly namespace: string;
  readonly now: number;
}

export interface Text {
  /** For Telegram's HTML mode. */
  readonly html: string;
  /** The same without tags. */
  readonly plain: string;
  /** The run's page, for a button. Telegram accepts only public addresses there; others go into the text. */
  readonly button?: RunLink | undefined;
}

const languages: Readonly<Record<Language, Words>> = { en: english, ru: russian };
const signs: Readonly<Record<MessageKind, string>> = { opened: '🔴', reminder: '🟠', resolved: '🟢' };

/** Telegram's limit for the text without its tags, in UTF-16 units. */
const maxLength = 4_096;
/** The limits of the parts, which together leave some 200 units for the quoted failure. */
const maxHeadline = 200;
const maxLine = 250;
const maxAdvice = 400;
const maxSql = 500;
const maxCommand = 200;
const maxUrl = 500;
const maxReason = 160;
const maxReasons = 920;
const maxNames = 150;

/**
 * The message in the chat's language: the problem, its cause, its start, the unaffected sources, the people responsible
 * and what to do next. Everything is escaped; the quoted failure is shortened to make the message fit without cutting a tag.
 */
export function textOf(
  message: Message,
  { telegram, webUi }: Pick<AlertsConfig, 'telegram' | 'webUi'>,
  context: MessageContext,
): Text {
  const words = languages[telegram?.language ?? 'en'];
  const { kind, problem } = message;
  const run = kind === 'resolved' ? message.resolution?.run : problem.run;
  const url = run && webUi ? runUrl(webUi, context.namespace, run) : undefined;
  const isButton = url !== undefined && hasPublicHost(url);
  const button = isButton && { button: { label: words.labels.run, url } };
  const link =
    url !== undefined && !isButton && url.length <= maxUrl ? [codeLine(url, words.labels.run)] : [];
  if (kind === 'resolved') return { ...joined([...resolvedLines(message, words), ...link]), ...button };

  const before = problemLines(message, words, context.now);
  const after = [
    ...sinceLines(message, words, context.now),
    ...relatedLines(message, words),
    ...labelled(words.labels.responsible, telegram?.mention.join(' ')),
    ...nextLines(problem, words),
    ...link,
    ...commandLines(`tidehouse alerts mute ${shellWord(problem.subject)} 2h`, words.labels.mute),
  ];
  const free = maxLength - 1 - joined([...before, ...after]).plain.length;
  const cause = shortened(causeText(problem.failure, words), free);
  return {
    ...joined([...before, ...(cause === '' ? [] : [quoteLine(cause)]), ...after]),
    ...button,
  };
}

function joined(lines: readonly Line[]): Text {
  return {
    html: lines.map(({ html }) => html).join('\n'),
    plain: lines.map(({ plain }) => plain).join('\n'),
  };
}

function headline({ kind, problem }: Message, words: Words, age?: string): Line {
  return boldLine(shortened(`${signs[kind]} ${headlineOf(words, kind, problem, age)}`, maxHeadline));
}

/** Without the details of the problem, which is over, and without mentions. */
function resolvedLines(message: Message, words: Words): Line[] {
  const { problem, resolution } = message;
  const { lasted, completeThrough } = words.labels;
  return [
    headline(message, words),
    ...(resolution ? labelled(lasted, words.duration(secondsSince(problem, Date.parse(resolution.at)))) : []),
    ...labelled(completeThrough, resolution?.completeThrough && words.time(resolution.completeThrough)),
  ];
}

function problemLines(message: Message, words: Words, now: number): Line[] {
  const { problem } = message;
  const { detail } = phraseOf(words, problem);
  const cause = problem.failure && words.failures?.(problem.failure.type).cause;
  return [
    headline(message, words, words.duration(secondsSince(problem, now))),
    textLine(shortened(`${detail.charAt(0).toUpperCase()}${detail.slice(1)}`, maxLine)),
    ...labelled(words.labels.cause, cause),
  ];
}

function sinceLines({ kind, problem }: Message, words: Words, now: number): Line[] {
  const since = words.time(problem.since);
  const age = words.lastingFor(words.duration(secondsSince(problem, now)));
  return [
    ...labelled(words.labels.since, kind === 'reminder' ? `${since} (${age})` : since),
    ...labelled(words.labels.unaffected, problem.unaffected),
  ];
}

/** The problems found at the same time, each with a short reason, or with its name alone when space runs out. */
function relatedLines({ related, moreRelated }: Message, words: Words): Line[] {
  if (related.length === 0) return [];
  const lines: string[] = [];
  const named: string[] = [];
  let space = maxReasons;
  for (const problem of related) {
    const line = `• ${shortened(problem.subject, maxReason)}: ${shortened(reasonOf(problem, words), maxReason)}`;
    space -= line.length + 1;
    if (space < 0) named.push(problem.subject);
    else lines.push(line);
  }
  const rest = [...named, ...(moreRelated > 0 ? [`+${moreRelated}`] : [])];
  const restLine = rest.length > 0 ? [`• ${shortened(rest.join(', '), maxNames)}`] : [];
  return [`${words.labels.related}:`, ...lines, ...restLine].map(textLine);
}

function nextLines(problem: Problem, words: Words): Line[] {
  const { text, command, sql } = nextActionOf(problem, words);
  let space = maxSql;
  // Half a statement is useless.
  const statements = sql.filter((statement) => (space -= statement.length + 1) >= 0);
  return [
    ...(text === undefined ? [] : [textLine(`${words.labels.next}: ${shortened(text, maxAdvice)}`)]),
    ...(command === undefined ? [] : commandLines(command, words.labels.next)),
    ...statements.map((statement) => codeLine(statement)),
  ];
}

/** The command, or nothing when it would have to be cut. */
function commandLines(command: string, label: string): Line[] {
  return command.length <= maxCommand ? [codeLine(command, label)] : [];
}

function labelled(label: string, text: string | undefined): Line[] {
  return text === undefined || text === '' ? [] : [textLine(`${label}: ${shortened(text, maxLine)}`)];
}

function secondsSince({ since }: Problem, end: number): number {
  return (end - Date.parse(since)) / 1000;
}
