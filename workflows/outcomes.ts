import { createFailure } from '../model/failure.ts';
import { formatNumber } from '../model/number.ts';
import { shortened } from '../model/shortened.ts';
import { failureAbout } from '../model/unwrap-failure.ts';
import type { Settled } from './children.ts';
import { markdownTable } from './markdown-table.ts';
import type { Cell } from './markdown-table.ts';

/** What a run says about one of its sources or places. */
export interface Outcome {
  readonly status: string;
  readonly error?: string;
}

type Outcomes<T extends Outcome> = Readonly<Record<string, T>>;

export type Kind = 'source' | 'place';

/** The outcome of a child that has not completed. `running` is the outcome of one that goes on. */
export function incompleteOutcome<T extends Outcome>(
  kind: Kind,
  name: string,
  settled: Exclude<Settled<unknown>, { status: 'completed' }>,
  running: T,
): T {
  if (settled.status === 'running') return running;
  return { ...running, status: 'failed', error: failureAbout({ [kind]: name }, settled.failure).message };
}

/** Together the errors of a result have at most this many characters, of up to three bytes each: far below 2 MiB. */
const maxErrorText = 150_000;
const maxErrorTextOfOne = 4_000;

/** The outcomes as a result that Temporal accepts: the more have failed, the less is said of each error. */
export function boundedOutcomes<T extends Outcome>(outcomes: Outcomes<T>): Outcomes<T> {
  const failed = Object.values(outcomes).filter(({ error }) => error !== undefined).length;
  const max = Math.min(maxErrorTextOfOne, Math.floor(maxErrorText / failed));
  return Object.fromEntries(
    Object.entries(outcomes).map(([name, outcome]) => [
      name,
      outcome.error === undefined ? outcome : { ...outcome, error: shortened(outcome.error, max) },
    ]),
  );
}

const maxReasons = 10;
const maxReasonText = 500;

/** Throws a failure of `type` when any has failed. It says how many and why, and carries `result`, what became of all. */
export function throwIfAnyFailed(
  kind: Kind,
  type: string,
  outcomes: Outcomes<Outcome>,
  result: object,
): void {
  const all = Object.values(outcomes);
  const errors = all.flatMap(({ error }) => error ?? []);
  if (errors.length === 0) return;
  const reasons = errors.slice(0, maxReasons).map((error) => shortened(reasonIn(error), maxReasonText));
  const more = errors.length > maxReasons ? [`and ${errors.length - maxReasons} more`] : [];
  const problem = `${errors.length} of ${all.length} ${kind}s failed: ${[...reasons, ...more].join(' | ')}`;
  throw createFailure(type, { causes: [{ problem }] }, { final: true, result });
}

/** The first line of an error, without its full stop or the sentence that introduces a statement on the next line. */
function reasonIn(error: string): string {
  return error.split('\n')[0]!.replace(/(\. [^.]*:|\.)$/, '');
}

/** How many outcomes are shown one by one, and how many at most keep their order. */
const maxShown = 50;
const maxInOrder = 20;
const maxShownError = 1_000;

/** How many have each status. */
export function countsOf(outcomes: Outcomes<Outcome>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of Object.values(outcomes)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The outcomes that matter most to whoever watches: a few in their order, otherwise first those that failed or run. */
export function shownOutcomes<T extends Outcome>(outcomes: Outcomes<T>): Outcomes<T> {
  const all = Object.entries(outcomes);
  const withStatus = (...wanted: string[]) => all.filter(([, { status }]) => wanted.includes(status));
  const rest = all.filter(([, { status }]) => status !== 'failed' && status !== 'running');
  const shown =
    all.length <= maxInOrder
      ? all
      : [...withStatus('failed'), ...withStatus('running'), ...rest].slice(0, maxShown);
  return Object.fromEntries(
    shown.map(([name, outcome]) => [
      name,
      outcome.error === undefined ? outcome : { ...outcome, error: shortened(outcome.error, maxShownError) },
    ]),
  );
}

/** The outcomes for the Web UI: how many have each status, and a row for each that matters most. */
export function outcomeTable<T extends Outcome>(
  kind: Kind,
  headings: readonly string[],
  outcomes: Outcomes<T>,
  cells: (outcome: T) => readonly Cell[],
): string {
  const count = Object.keys(outcomes).length;
  const shown = Object.entries(shownOutcomes(outcomes));
  const counts = Object.entries(countsOf(outcomes)).map(([status, n]) => `${formatNumber(n)} ${status}`);
  const table = markdownTable(
    [kind, 'status', ...headings, 'error'],
    shown.map(([name, outcome]) => [
      name,
      outcome.status,
      ...cells(outcome),
      outcome.error && { code: outcome.error },
    ]),
  );
  return [
    `**${formatNumber(count)} ${kind}s**: ${counts.join(', ') || 'none'}`,
    table,
    ...(shown.length < count ? [`${formatNumber(count - shown.length)} more are not shown.`] : []),
  ].join('\n\n');
}
