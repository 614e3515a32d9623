import { formatDuration } from '../model/duration.ts';
import { problemSentence } from '../model/incident-words-en.ts';
import type { Incident, PageData } from './page-data.ts';

/** A problem that is there now. */
export interface ShownProblem {
  readonly subject: string;
  readonly problem: string;
  /** Why, in the words of the failure, and what to do; absent when it is not known. */
  readonly why?: string;
  readonly since: number;
  readonly incident?: Incident;
}

/** What the page says first: whether there is a problem, and since when there is one or none. */
export interface Verdict {
  readonly state: 'good' | 'problems' | 'unknown';
  readonly problems: readonly ShownProblem[];
  /** What cannot be known, and why. */
  readonly unknown: readonly string[];
  /** When the last incident was resolved; undefined when there was none in the last days. */
  readonly goodSince: number | undefined;
}

/**
 * The problems of now: the open incidents, and what the warehouse shows that is not an incident yet. So it holds without
 * Temporal too, and before the next health check.
 */
export function verdictOf(data: PageData): Verdict {
  const { sources, heldBack, incidents } = data;
  const all = 'value' in incidents ? incidents.value : [];
  const open = all.filter(({ resolvedAt }) => resolvedAt === null);
  const errors = new Map('value' in sources ? sources.value.map(({ source, error }) => [source, error]) : []);
  const held = 'value' in heldBack ? heldBack.value : [];
  const problems: ShownProblem[] = open.map((incident): ShownProblem => {
    const { subject, problem, since } = incident;
    const why =
      errors.get(subject.replace(/^source\//, '')) ??
      whyHeldBack(held.find((each) => subject === `table/${each.source}/${each.table}`));
    return { subject, problem, since, incident, ...(why != null && { why }) };
  });
  const known = new Set(open.map(({ subject }) => subject));
  const add = (problem: ShownProblem) => {
    if (!known.has(problem.subject)) problems.push(problem);
  };
  if ('value' in sources)
    for (const { source, error, failingSince, currentThrough, differences } of sources.value) {
      const subject = `source/${source}`;
      if (error !== null)
        add({
          subject,
          problem: problemSentence({ subject, kind: 'failed' }),
          why: error,
          since: failingSince ?? data.at,
        });
      else if (currentThrough !== null && data.at - currentThrough > data.lateAfterMs)
        add({
          subject,
          problem: problemSentence(
            { subject, kind: 'late', completeThrough: new Date(currentThrough).toISOString() },
            formatDuration((data.at - currentThrough) / 1_000),
          ),
          since: currentThrough + data.lateAfterMs,
        });
      if (differences.length > 0) {
        const subject = `row-count/${source}`;
        const tables = differences.map(({ table, rows }) => `${table} (${rows})`).join(', ');
        add({
          subject,
          problem: problemSentence({ subject, kind: 'row count', tables }),
          since: currentThrough ?? data.at,
        });
      }
    }
  for (const table of held) {
    const subject = `table/${table.source}/${table.table}`;
    add({
      subject,
      problem: problemSentence({ subject, kind: 'held back' }),
      why: whyHeldBack(table)!,
      since: table.since,
    });
  }
  const unknown = [
    ...new Set([sources, incidents].flatMap((part) => ('missing' in part ? [part.missing] : []))),
  ];
  const ends = all.flatMap(({ resolvedAt }) => (resolvedAt === null ? [] : [resolvedAt]));
  return {
    state: problems.length > 0 ? 'problems' : unknown.length > 0 ? 'unknown' : 'good',
    problems: problems.sort((a, b) => a.since - b.since),
    unknown,
    goodSince: ends.length > 0 ? Math.max(...ends) : undefined,
  };
}

function whyHeldBack(
  table:
    { readonly problem: string; readonly advice: string | null; readonly sql: string | null } | undefined,
): string | undefined {
  return table && [table.problem, table.advice, table.sql].filter(Boolean).join(' ');
}
