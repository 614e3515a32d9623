import type { Cause } from '../../model/failure.ts';
import { formatCount } from '../../model/number.ts';
import { screenWidth, wrapProse, wrapWords } from '../terminal/prose.ts';
import { widthOf } from '../terminal/text-width.ts';
import { unwrapFailure } from '../../model/unwrap-failure.ts';

/** The result of one check. */
export interface Check {
  /** The subject of the check: `Temporal`, `source project_a, events`. */
  readonly subject: string;
  /** `next`: not set up yet, in a warehouse in which nothing has landed. */
  readonly outcome: 'ok' | 'warning' | 'next' | 'failed';
  /** The state of the subject. */
  readonly detail: string;
  /** What to do about a problem. A statement to run is on a line of its own. */
  readonly advice?: string;
}

/** A check without a problem. */
export function ok(subject: string, detail: string): Check {
  return { subject, outcome: 'ok', detail };
}

/** A check with a problem that does not make a run fail. */
export function warning(subject: string, detail: string, advice?: string): Check {
  return { subject, outcome: 'warning', detail, ...(advice !== undefined && { advice }) };
}

/** A check with a problem that makes a run fail, or read what the config leaves out. */
export function failed(subject: string, detail: string, advice?: string): Check {
  return { subject, outcome: 'failed', detail, ...(advice !== undefined && { advice }) };
}

/** A check of what `advice` sets up. It makes a run fail, and is expected before the first one. */
export function next(subject: string, detail: string, advice: string): Check {
  return { subject, outcome: 'next', detail, advice };
}

/** The results of `check`; when it throws, one failed check for each cause of the error. */
export async function checking(subject: string, check: () => Promise<readonly Check[]>): Promise<Check[]> {
  try {
    return [...(await check())];
  } catch (error) {
    const { message, details } = unwrapFailure(error);
    if (!details) return [failed(subject, message)];
    return details.causes.map((cause) => failed(subject, cause.problem, remedyOf(cause)));
  }
}

/** What to do about a cause: its advice, and its statement on a line of its own. */
export function remedyOf({ advice, sql }: Pick<Cause, 'advice' | 'sql'>): string | undefined {
  return [advice, sql && `${sql};`].filter(Boolean).join('\n') || undefined;
}

const gap = 2;
const minDetailWidth = 30;

/**
 * One check per line, aligned, and the count of each outcome. Details that are too wide are wrapped; those with a word, a
 * command or a statement that is wider than the space right of the subjects stand below, and so do those of a subject that
 * would leave no space.
 */
export function renderChecks(checks: readonly Check[], screen = screenWidth()): string {
  const margin = ' '.repeat('warning'.length + gap);
  const widest = screen - margin.length - gap - minDetailWidth;
  const width = Math.max(
    0,
    ...checks.map(({ subject }) => widthOf(subject)).filter((each) => each <= widest),
  );
  const space = screen - margin.length - width - gap;
  const lines = checks.map(({ subject, outcome, detail, advice }) => {
    const name = wrapWords(subject, screen - margin.length).join('\n');
    const start = outcome.padEnd(margin.length) + name;
    const text = advice === undefined ? detail : `${detail.replace(/\.$/, '')}. ${advice}`;
    const narrow = wrapProse(text, space);
    const isBeside = widthOf(subject) <= width && narrow.split('\n').every((line) => widthOf(line) <= space);
    if (!isBeside) return indented(`${start}\n${wrapProse(text, screen - margin.length)}`, margin);
    const padded = start + ' '.repeat(width - widthOf(subject) + gap);
    return padded + indented(narrow, padded);
  });
  const count = (outcome: Check['outcome']) => checks.filter((check) => check.outcome === outcome).length;
  const warnings = count('warning');
  const counts = [
    `${count('ok')} ok`,
    formatCount(warnings, 'warning'),
    ...(count('next') > 0 ? [`${count('next')} next`] : []),
    `${count('failed')} failed`,
  ];
  return [...lines, '', counts.join(', ')].join('\n');
}

/** The text with its further lines as far to the right as `start` is wide. */
function indented(text: string, start: string): string {
  return text.replaceAll('\n', `\n${' '.repeat(widthOf(start))}`);
}
