import type { AlertsConfig } from '../../../model/alerts-config.ts';
import { sayDuration } from '../../../model/duration.ts';
import type { Beside, Finding, MessageKind, Well } from '../../../model/incident.ts';
import { words } from '../../../model/incident-words.ts';
import type { Words } from '../../../model/incident-words.ts';

/** What a message tells, before it is put into a language. */
export interface Message {
  readonly kind: MessageKind;
  readonly finding: Finding;
  readonly others: readonly string[];
  readonly well?: Well | undefined;
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

/** What one reason for another thing may take at most, and all of them. */
const longestReason = 160;
const longestReasons = 900;

/** The message in the chat's language: its lines escaped, the error shortened so that the whole fits, no tag cut. */
export function textOf(
  { kind, finding, others, well }: Message,
  { telegram, webUi }: Pick<AlertsConfig, 'telegram' | 'webUi'>,
  namespace: string,
): Text {
  const say = words[telegram?.language ?? 'en'];
  const mention = kind === 'up' ? [] : (telegram?.mention ?? []);
  const link = finding.run && webUi ? runLink(webUi, namespace, finding.run, say.run) : undefined;
  const isPublic = link !== undefined && hasPublicHost(link.url);
  const [first = '', ...rest] = (finding.error ?? '').trim().split('\n');
  const facts: readonly (readonly [label: string, text: string])[] = [
    kind === 'up' && well
      ? [say.lasted, sayDuration((Date.parse(well.at) - Date.parse(finding.since)) / 1000)]
      : [say.since, say.time(finding.since)],
    ...(kind === 'up' && well?.caughtUp !== undefined
      ? ([[say.caughtUp, say.time(well.caughtUp)]] as const)
      : []),
    ...(kind !== 'up' && finding.works !== undefined ? ([[say.works, finding.works]] as const) : []),
  ];
  const heading = `${say.heading[kind]}: ${shortened(finding.thing, longestLine)}`;
  const what = shortened(say.what(finding), longestLine);
  const lines = [
    ...facts.map(([label, text]) => `${label}: ${shortened(text, longestLine)}`),
    ...othersLines(others, finding.besides ?? [], say),
    ...(mention.length > 0 ? [`${say.responsible}: ${shortened(mention.join(' '), longestLine)}`] : []),
  ];
  const ends = [
    ...(link && !isPublic ? [{ label: link.label, code: link.url }] : []),
    ...(kind === 'up' ? [] : [{ label: say.try, code: commandFor(finding) }]),
  ];
  const around = [heading, what, ...lines, ...ends.map(({ label, code }) => `${label}: ${code}`)].join(
    '\n',
  ).length;
  const error = kind === 'up' ? '' : shortened([first, ...rest].join('\n'), longest - around - 10);
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

/** Those found at the same time, each with its reason in short where it is known; by name alone for what has no room. */
function othersLines(others: readonly string[], besides: readonly Beside[], say: Words): string[] {
  if (others.length === 0) return [];
  const reasons: string[] = [];
  const told = new Set<string>();
  let room = longestReasons;
  for (const { thing, what, error } of besides.filter((beside) => others.includes(beside.thing))) {
    // The thing's name stands before it already.
    const reason =
      error?.split('\n')[0]?.replace(/^(source|place) "[^"]*"[:,] /, '') || say.what({ thing, what });
    const line = `• ${shortened(thing, longestReason)}: ${shortened(reason, longestReason)}`;
    if ((room -= line.length) < 0) break;
    reasons.push(line);
    told.add(thing);
  }
  if (reasons.length === 0) return [`${say.others}: ${shortened(others.join(', '), longestLine)}`];
  const rest = others.filter((thing) => !told.has(thing));
  return [
    `${say.others}:`,
    ...reasons,
    ...(rest.length > 0 ? [`• ${shortened(rest.join(', '), longestLine / 2)}`] : []),
  ];
}

/** What people try first; each is a command of ours. */
function commandFor({ thing, what }: Finding): string {
  const [kind, name] = [thing.split('/')[0], thing.replace(/^[^/]*\//, '')];
  if (what.kind === 'missing') return 'tidehouse schedules apply';
  if (what.kind === 'paused') return `tidehouse schedules resume ${name}`;
  if (what.kind === 'no worker') return `tidehouse worker --queue ${name}`;
  if (kind === 'schedule' && what.kind === 'failed') return `tidehouse schedules trigger ${name}`;
  if (kind === 'source') return `tidehouse sync --source ${name}`;
  if (kind === 'place') return `tidehouse weather --place ${name}`;
  return 'tidehouse doctor';
}

function runLink(
  webUi: string,
  namespace: string,
  { workflowId, runId }: NonNullable<Finding['run']>,
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
