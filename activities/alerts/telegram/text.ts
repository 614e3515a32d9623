import type { AlertsConfig } from '../../../model/alerts-config.ts';
import { formatDuration } from '../../../model/duration.ts';
import type { MessageKind, Problem, Resolution } from '../../../model/incident.ts';
import { words } from '../../../model/incident-words.ts';
import type { Words } from '../../../model/incident-words.ts';

/** What a message tells, before it is put into a language. */
export interface Message {
  readonly kind: MessageKind;
  readonly problem: Problem;
  readonly related: readonly Problem[];
  readonly moreRelated: number;
  readonly resolution?: Resolution | undefined;
}

export interface RunLink {
  readonly label: string;
  readonly url: string;
}

export interface Text {
  /** For Telegram's HTML mode. */
  readonly html: string;
  /** The same without any tag. */
  readonly plain: string;
  /** For a button. Telegram takes public addresses only; others stand in the text. */
  readonly button?: RunLink | undefined;
}

/** Telegram counts what is left of the text once its tags are read, in UTF-16 units. */
const longest = 4_096;
/** What the lines around the error may take at most. */
const longestLine = 500;

/** What one reason for another subject may take at most, and all of them. */
const longestReason = 160;
const longestReasons = 900;

/** The message in the chat's language: its lines escaped, the error shortened so that the whole fits, no tag cut. */
export function textOf(
  { kind, problem, related, moreRelated, resolution }: Message,
  { telegram, webUi }: Pick<AlertsConfig, 'telegram' | 'webUi'>,
  namespace: string,
): Text {
  const say = words[telegram?.language ?? 'en'];
  const mention = kind === 'resolved' ? [] : (telegram?.mention ?? []);
  const link = problem.run && webUi ? runLink(webUi, namespace, problem.run, say.run) : undefined;
  const isPublic = link !== undefined && hasPublicHost(link.url);
  const [first = '', ...rest] = (problem.failure?.message ?? '').trim().split('\n');
  const facts: readonly (readonly [label: string, text: string])[] = [
    kind === 'resolved' && resolution
      ? [say.lasted, formatDuration((Date.parse(resolution.at) - Date.parse(problem.since)) / 1000)]
      : [say.since, say.time(problem.since)],
    ...(kind === 'resolved' && resolution?.completeThrough !== undefined
      ? ([[say.caughtUp, say.time(resolution.completeThrough)]] as const)
      : []),
    ...(kind !== 'resolved' && problem.unaffected !== undefined
      ? ([[say.works, problem.unaffected]] as const)
      : []),
  ];
  const heading = `${say.heading[kind]}: ${shortened(problem.subject, longestLine)}`;
  const what = shortened(say.problem(problem), longestLine);
  const lines = [
    ...facts.map(([label, text]) => `${label}: ${shortened(text, longestLine)}`),
    ...relatedLines(related, moreRelated, say),
    ...(mention.length > 0 ? [`${say.responsible}: ${shortened(mention.join(' '), longestLine)}`] : []),
  ];
  const ends = [
    ...(link && !isPublic ? [{ label: link.label, code: link.url }] : []),
    ...(kind === 'resolved' ? [] : [{ label: say.try, code: commandFor(problem) }]),
  ];
  const around = [heading, what, ...lines, ...ends.map(({ label, code }) => `${label}: ${code}`)].join(
    '\n',
  ).length;
  const error = kind === 'resolved' ? '' : shortened([first, ...rest].join('\n'), longest - around - 10);
  const errorLines = error === '' ? [] : [error];
  return {
    html: [
      `<b>${escaped(heading)}</b>`,
      escaped(what),
      ...lines.map(escaped),
      ...errorLines.map((text) => `<blockquote expandable>${escaped(text)}</blockquote>`),
      ...ends.map(({ label, code }) => `${escaped(label)}: <code>${escaped(code)}</code>`),
    ].join('\n'),
    plain: [
      heading,
      what,
      ...lines,
      ...errorLines,
      ...ends.map(({ label, code }) => `${label}: ${code}`),
    ].join('\n'),
    ...(isPublic && { button: link }),
  };
}

/** The problems found at the same time, each with its reason in short; by name alone when there is no space. */
function relatedLines(related: readonly Problem[], more: number, say: Words): string[] {
  if (related.length === 0) return [];
  const lines: string[] = [];
  const named: string[] = [];
  let space = longestReasons;
  for (const problem of related) {
    const reason = problem.failure?.message ?? say.problem(problem);
    const line = `• ${shortened(problem.subject, longestReason)}: ${shortened(reason, longestReason)}`;
    space -= line.length;
    if (space < 0) named.push(problem.subject);
    else lines.push(line);
  }
  const rest = [...named, ...(more > 0 ? [`+${more}`] : [])];
  return [
    `${say.others}:`,
    ...lines,
    ...(rest.length > 0 ? [`• ${shortened(rest.join(', '), longestLine / 2)}`] : []),
  ];
}

/** What people try first; each is a command of ours. */
function commandFor(problem: Problem): string {
  const { subject } = problem;
  const [kind, name] = [subject.split('/')[0], subject.replace(/^[^/]*\//, '')];
  if (problem.kind === 'missing') return 'tidehouse schedules apply';
  if (problem.kind === 'paused') return `tidehouse schedules resume ${name}`;
  if (problem.kind === 'no worker') return `tidehouse worker --queue ${name}`;
  if (kind === 'schedule' && problem.kind === 'failed') return `tidehouse schedules trigger ${name}`;
  if (kind === 'source') return `tidehouse sync --source ${name}`;
  if (kind === 'place') return `tidehouse weather --place ${name}`;
  return 'tidehouse doctor';
}

function runLink(
  webUi: string,
  namespace: string,
  { workflowId, runId }: NonNullable<Problem['run']>,
  label: string,
): RunLink {
  const path = [namespace, workflowId, runId].map(encodeURIComponent);
  return {
    label,
    url: `${webUi.replace(/\/+$/, '')}/namespaces/${path[0]}/workflows/${path[1]}/${path[2]}/history`,
  };
}

/** A button to any other host is refused, and the whole message with it. */
function hasPublicHost(url: string): boolean {
  const { hostname } = new URL(url);
  const isPrivate = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|0\.|\[)/.test(
    hostname,
  );
  return hostname.includes('.') && !isPrivate && !/\.(local|internal|lan|localhost)$/.test(hostname);
}

function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, Math.max(0, most - 1));
  // Half of a pair of UTF-16 units is no character.
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
