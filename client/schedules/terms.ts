import { isDeepStrictEqual } from 'node:util';
import type { ScheduleDescription, ScheduleUpdateOptions } from '@temporalio/client';
import type { ScheduleTerms } from './wanted.ts';

/** The terms as options of the Temporal client. */
export function optionsOf(terms: ScheduleTerms): Omit<ScheduleUpdateOptions, 'state'> {
  return {
    spec: { intervals: [{ every: terms.everyMs }] },
    action: {
      type: 'startWorkflow',
      workflowType: terms.workflowType,
      workflowId: terms.workflowId,
      taskQueue: terms.taskQueue,
      args: [...terms.args],
      staticSummary: terms.summary,
      workflowRunTimeout: terms.runTimeoutMs,
    },
    policies: {
      overlap: terms.overlap,
      catchupWindow: terms.catchupMs,
      pauseOnFailure: terms.pauseOnFailure,
    },
  };
}

/** A term of a schedule that differs from the config. Durations are in milliseconds. */
export interface Difference {
  readonly term: string;
  readonly current: unknown;
  readonly wanted: unknown;
}

/** The differences between the schedule in Temporal and `terms`, including manually added calendars or offsets. */
export function differencesOf(schedule: ScheduleDescription, terms: ScheduleTerms): Difference[] {
  const [current, wanted] = [termsIn(schedule), namedTerms(terms)];
  return Object.keys(wanted)
    .filter((term) => !isDeepStrictEqual(current[term], wanted[term]))
    .map((term) => ({ term, current: current[term], wanted: wanted[term] }));
}

/** All terms of a schedule in Temporal, by display name. */
function termsIn({ spec, action, policies }: ScheduleDescription): Readonly<Record<string, unknown>> {
  return {
    // Temporal returns undefined for an empty list, whatever the type says.
    interval: spec.intervals?.map(({ every }) => every) ?? [],
    offset: spec.intervals?.map(({ offset }) => offset || 0) ?? [],
    calendars: spec.calendars ?? [],
    'skipped calendars': spec.skip ?? [],
    'start at': spec.startAt,
    'end at': spec.endAt,
    jitter: spec.jitter ?? 0,
    'workflow type': action.workflowType,
    'workflow id': action.workflowId,
    'task queue': action.taskQueue,
    input: action.args,
    summary: action.staticSummary,
    retry: action.retry,
    'run timeout': action.workflowRunTimeout as unknown,
    'execution timeout': (action.workflowExecutionTimeout as unknown) ?? 0,
    overlap: policies.overlap,
    'catchup window': policies.catchupWindow,
    'pause on failure': policies.pauseOnFailure,
  };
}

function namedTerms(terms: ScheduleTerms): Readonly<Record<string, unknown>> {
  return {
    interval: [terms.everyMs],
    offset: [0],
    calendars: [],
    'skipped calendars': [],
    'start at': undefined,
    'end at': undefined,
    jitter: 0,
    'workflow type': terms.workflowType,
    'workflow id': terms.workflowId,
    'task queue': terms.taskQueue,
    input: terms.args,
    summary: terms.summary,
    retry: undefined,
    'run timeout': terms.runTimeoutMs,
    'execution timeout': 0,
    overlap: terms.overlap,
    'catchup window': terms.catchupMs,
    'pause on failure': terms.pauseOnFailure,
  };
}
