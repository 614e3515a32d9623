import { isDeepStrictEqual } from 'node:util';
import type { ScheduleDescription, ScheduleUpdateOptions } from '@temporalio/client';
import type { ScheduleTerms } from './schedules.ts';

/** The terms as Temporal is told them. */
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

/** Whether the schedule in Temporal has these terms and no others: a calendar or an offset added by hand counts too. */
export function hasTerms({ spec, action, policies }: ScheduleDescription, terms: ScheduleTerms): boolean {
  return isDeepStrictEqual(
    {
      // None is told as undefined, whatever its type says.
      intervals: spec.intervals?.map(({ every, offset }) => [every, offset || 0]),
      calendars: spec.calendars ?? [],
      skip: spec.skip ?? [],
      bounds: [spec.startAt, spec.endAt, spec.jitter ?? 0],
      workflowType: action.workflowType,
      workflowId: action.workflowId,
      taskQueue: action.taskQueue,
      args: action.args,
      summary: action.staticSummary,
      retry: action.retry,
      timeouts: [action.workflowRunTimeout, action.workflowExecutionTimeout ?? 0],
      policies,
    },
    {
      intervals: [[terms.everyMs, 0]],
      calendars: [],
      skip: [],
      bounds: [undefined, undefined, 0],
      workflowType: terms.workflowType,
      workflowId: terms.workflowId,
      taskQueue: terms.taskQueue,
      args: terms.args,
      summary: terms.summary,
      retry: undefined,
      timeouts: [terms.runTimeoutMs, 0],
      policies: {
        overlap: terms.overlap,
        catchupWindow: terms.catchupMs,
        pauseOnFailure: terms.pauseOnFailure,
      },
    },
  );
}
