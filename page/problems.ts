import { formatDuration } from '../model/duration.ts';
import { failureMessage } from '../model/failure.ts';
import { problemSentence } from '../model/incident-words-en.ts';
import type { HeldBackTable, Incident, PageData, SourceState } from './page-data.ts';

/** A problem that is there now. */
export interface ShownProblem {
  readonly subject: string;
  readonly problem: string;
  /** Why, in the words of the failure, and what to do, each statement on a line of its own; absent when it is not known. */
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
  const held = 'value' in heldBack ? heldBack.value : [];
  const states = 'value' in sources ? sources.value : [];
  const open = all
    .filter(({ resolvedAt }) => resolvedAt === null)
    .map((incident) => incidentProblem(incident, states, held));
  const known = new Set(open.map(({ subject }) => subject));
  const others = [...states.flatMap((state) => sourceProblems(state, data)), ...held.map(heldBackProblem)];
  const problems = [...open, ...others.filter(({ subject }) => !known.has(subject))];
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

/** An open incident, with the reason that the warehouse has of it. */
function incidentProblem(
  incident: Incident,
  states: readonly SourceState[],
  held: readonly HeldBackTable[],
): ShownProblem {
  const { subject, problem, since } = incident;
  const failed = states.find(({ source }) => subject === `source/${source}`);
  const table = held.find((each) => subject === subjectOf(each));
  const why = failed?.error ?? (table && whyHeldBack(table));
  return { subject, problem, since, incident, ...(why !== undefined && { why }) };
}

/** The problems of a source that the warehouse shows. */
function sourceProblems(
  { source, error, failingSince, currentThrough, differences }: SourceState,
  { at, lateAfterMs, syncPaused }: PageData,
): ShownProblem[] {
  const problems: ShownProblem[] = [];
  const subject = `source/${source}`;
  if (error !== null) {
    const problem = problemSentence({ subject, kind: 'failed' });
    problems.push({ subject, problem, why: error, since: failingSince ?? at });
  } else if (!syncPaused && currentThrough !== null && at - currentThrough > lateAfterMs) {
    const completeThrough = new Date(currentThrough).toISOString();
    const age = formatDuration((at - currentThrough) / 1_000);
    const problem = problemSentence({ subject, kind: 'late', completeThrough }, age);
    problems.push({ subject, problem, since: currentThrough });
  }
  if (differences.length > 0) {
    const subject = `row-count/${source}`;
    const tables = differences.map(({ table, rows }) => `${table} (${rows})`).join(', ');
    const problem = problemSentence({ subject, kind: 'row count', tables });
    problems.push({ subject, problem, since: currentThrough ?? at });
  }
  return problems;
}

function heldBackProblem(table: HeldBackTable): ShownProblem {
  const subject = subjectOf(table);
  const problem = problemSentence({ subject, kind: 'held back' });
  return { subject, problem, why: whyHeldBack(table), since: table.since };
}

function subjectOf({ source, table }: HeldBackTable): string {
  return `table/${source}/${table}`;
}

function whyHeldBack({ problem, advice, sql }: HeldBackTable): string {
  return failureMessage({
    causes: [{ problem, ...(advice !== null && { advice }), ...(sql !== null && { sql }) }],
  });
}
