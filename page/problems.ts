import { formatDuration } from '../model/duration.ts';
import { failureMessage } from '../model/failure.ts';
import { nextActionOf } from '../model/failure-lines.ts';
import type { NextAction } from '../model/incident.ts';
import type { ProblemOfSubject } from '../model/incident-words.ts';
import { english, problemSentence } from '../model/incident-words-en.ts';
import { lateCause } from '../model/late-cause.ts';
import { alertsScheduleId, syncScheduleId } from '../model/names.ts';
import type { HeldBackTable, Incident, PageData, SourceRun, SourceState } from './page-data.ts';
import { clock } from './render/words.ts';

/** A problem that is there now. */
export interface ShownProblem {
  readonly subject: string;
  readonly problem: string;
  /** Why, and what to do, each statement on a line of its own; absent when it is not known. */
  readonly why?: string;
  /** What its last run came to. */
  readonly lastRun?: LastRun;
  /** What to do next, where `why` does not say it. */
  readonly next?: NextAction;
  readonly since: number;
  /** That a source is late, and `since` when: not since when its data are complete, which is longer ago. */
  readonly isLate?: true;
  readonly incident?: Incident;
  /** Null when it needs somebody. */
  readonly mutedUntil: number | null;
}

export interface LastRun {
  readonly text: string;
  /** Absent when there is none. */
  readonly run?: SourceRun;
}

/** What the page says first: whether there is a problem, and since when there is one or none. */
export interface Verdict {
  readonly state: 'good' | 'muted' | 'problems' | 'unknown';
  /** Those that need somebody, and then those that are muted, each the oldest first. */
  readonly problems: readonly ShownProblem[];
  /** What cannot be known, and why. */
  readonly unknown: readonly string[];
  /** When the last incident was resolved; undefined when there was none in the last days. */
  readonly goodSince: number | undefined;
}

type LiveProblem = Omit<ShownProblem, 'mutedUntil'>;

/**
 * The problems of now: the open incidents, and what the warehouse and the schedules show that is not an incident yet. So it
 * holds without Temporal too, and before the next health check.
 */
export function verdictOf(data: PageData): Verdict {
  const { at, sources, heldBack, incidents, mutes = [] } = data;
  const all = 'value' in incidents ? incidents.value : [];
  const live = new Map(
    [
      ...missingSchedules(data),
      ...('value' in sources ? sources.value : []).flatMap((state) => sourceProblems(state, data)),
      ...('value' in heldBack ? heldBack.value : []).map(heldBackProblem),
    ].map((problem) => [problem.subject, problem]),
  );
  const open = all.filter(({ resolvedAt }) => resolvedAt === null);
  for (const incident of open) {
    live.set(incident.subject, withIncident(live.get(incident.subject), incident));
  }
  const muted = new Map(mutes.map(({ subject, until }) => [subject, until]));
  const problems = [...live.values()]
    .map((problem): ShownProblem => {
      const until = Math.max(problem.incident?.mutedUntil ?? 0, muted.get(problem.subject) ?? 0);
      return { ...problem, mutedUntil: until > at ? until : null };
    })
    .sort((a, b) => Number(a.mutedUntil !== null) - Number(b.mutedUntil !== null) || a.since - b.since);
  const unknown = [
    ...new Set([sources, incidents].flatMap((part) => ('missing' in part ? [part.missing] : []))),
  ];
  const ends = all.flatMap(({ resolvedAt }) => (resolvedAt === null ? [] : [resolvedAt]));
  const state = problems.some(({ mutedUntil }) => mutedUntil === null) ? 'problems' : 'muted';
  return {
    state: problems.length > 0 ? state : unknown.length > 0 ? 'unknown' : 'good',
    problems,
    unknown,
    goodSince: ends.length > 0 ? Math.max(...ends) : undefined,
  };
}

/** The problem of an open incident, with what the warehouse or the schedules show of it. */
function withIncident(known: LiveProblem | undefined, incident: Incident): LiveProblem {
  if (known?.isLate) return { ...known, incident };
  const { subject, problem, since, cause, next } = incident;
  return {
    ...(cause !== undefined && { why: cause }),
    ...known,
    // Where the warehouse says why, it has said the advice too.
    ...(next && (known?.why === undefined || next.command !== undefined) && { next }),
    ...{ subject, problem: problem === '' ? subject : problem, since, incident },
  };
}

function missingSchedules({ at, schedules }: PageData): LiveProblem[] {
  return ([syncScheduleId, alertsScheduleId] as const)
    .filter((id) => schedules?.[id] === null)
    .map((id) => liveProblem({ subject: `schedule/${id}`, kind: 'missing' }, at));
}

/** The problems of a source that the warehouse shows. */
function sourceProblems(state: SourceState, data: PageData): LiveProblem[] {
  const { source, error, failingSince, currentThrough, differences } = state;
  const { at } = data;
  const problems: LiveProblem[] = [];
  const subject = `source/${source}`;
  if (error !== null) {
    const problem = problemSentence({ subject, kind: 'failed' });
    const run =
      'value' in data.runs &&
      data.runs.value.find((each) => each.source === source && each.closedAt !== null);
    const since = failingSince ?? at;
    const why = withoutSource(error, source);
    problems.push({ subject, problem, why, since, ...(run && { lastRun: lastRun(run, at) }) });
  } else if (isLate(state, data)) problems.push(lateProblem(state, data));
  if (differences.length > 0) {
    const tables = differences.map(({ table, rows }) => `${table} (${rows})`).join(', ');
    problems.push(
      liveProblem({ subject: `row-count/${source}`, kind: 'row count', tables }, currentThrough ?? at),
    );
  }
  return problems;
}

/** The lines of an error without the source at their beginnings, which its headline names. */
function withoutSource(error: string, source: string): string {
  const name = `source "${source}"`;
  return error
    .split('\n')
    .map((line) => (line.startsWith(name) ? line.slice(name.length).replace(/^[:,] /, '') : line))
    .join('\n');
}

/** Whether a source has more lag than the config allows. While somebody has paused `sync`, that is meant. */
export function isLate({ currentThrough }: SourceState, { at, lateAfterMs, schedules }: PageData): boolean {
  return schedules?.sync?.paused == null && currentThrough !== null && at - currentThrough > lateAfterMs;
}

function lateProblem({ source, currentThrough, landedAt }: SourceState, data: PageData): LiveProblem {
  const { at, everyMs, lateAfterMs, runs } = data;
  const since = currentThrough!;
  const cause = lateCause(at - (landedAt ?? since), everyMs, lateAfterMs);
  const completeThrough = new Date(since).toISOString();
  const problem = { subject: `source/${source}`, kind: 'late', completeThrough, cause } as const;
  return {
    ...liveProblem(problem, since + lateAfterMs),
    isLate: true,
    problem: problemSentence(problem, formatDuration((at - since) / 1_000)),
    ...('value' in runs && {
      // What has landed was old: a run that is still open says nothing about it.
      lastRun: lastRun(
        runs.value.find((run) => run.source === source && (cause !== 'old data' || run.closedAt !== null)),
        at,
      ),
    }),
  };
}

/** What the last run of a source came to. */
function lastRun(run: SourceRun | undefined, now: number): LastRun {
  if (!run) return { text: 'No run of it has begun.' };
  const { state, startedAt, closedAt } = run;
  const began = `began at ${clock(startedAt, now)}`;
  const took = formatDuration(((closedAt ?? now) - startedAt) / 1_000);
  if (closedAt === null) return { run, text: `Its run ${began} and is still open, after ${took}.` };
  const became = state === 'failed' || state === 'landed' ? state : `was ${state}`;
  return { run, text: `Its last run ${began}, took ${took}, and ${became}.` };
}

function heldBackProblem(table: HeldBackTable): LiveProblem {
  const { source, since, problem, advice, sql } = table;
  const found = { subject: `table/${source}/${table.table}`, kind: 'held back' } as const;
  const why = failureMessage({
    causes: [{ problem, ...(advice !== null && { advice }), ...(sql !== null && { sql }) }],
  });
  return { subject: found.subject, problem: problemSentence(found), why, since };
}

/** A problem in the words of its kind. */
function liveProblem(problem: ProblemOfSubject, since: number): LiveProblem {
  return {
    subject: problem.subject,
    problem: problemSentence(problem),
    next: nextActionOf(problem, english),
    since,
  };
}
