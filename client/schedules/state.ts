import type { Client, ScheduleDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Config } from '../../model/config.ts';
import { scheduledIntervals } from '../../model/schedules.ts';
import { describeSchedule } from './apply.ts';

export interface ScheduleState {
  readonly id: string;
  readonly paused: boolean;
  /** Why it is paused, or the note of its last pause, resume or creation. */
  readonly note: string | null;
  /** When it starts its next run (ISO 8601); null while it is paused. */
  readonly next: string | null;
  /** When it started its last run. */
  readonly last: string | null;
  /** The status of that run: `running`, `completed`, `failed`, `timed_out` …; null without a run; `missing` without a schedule. */
  readonly status: string | null;
}

/** The schedules that the config asks for, as they are in Temporal. */
export function readScheduleStates(client: Client, config: Config): Promise<ScheduleState[]> {
  return Promise.all(
    scheduledIntervals(config).map(async ({ id }) => {
      const schedule = await describeSchedule(client, id);
      return schedule
        ? stateOf(client, schedule)
        : { id, paused: false, note: null, next: null, last: null, status: 'missing' };
    }),
  );
}

async function stateOf(
  client: Client,
  { scheduleId, state, info }: ScheduleDescription,
): Promise<ScheduleState> {
  const last = info.recentActions.at(-1);
  return {
    id: scheduleId,
    paused: state.paused,
    note: state.note ?? null,
    next: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    last: last?.takenAt.toISOString() ?? null,
    status: last ? await runStatus(client, last.action.workflow) : null,
  };
}

async function runStatus(
  client: Client,
  { workflowId, firstExecutionRunId }: { workflowId: string; firstExecutionRunId: string },
): Promise<string> {
  try {
    const { status } = await client.workflow.getHandle(workflowId, firstExecutionRunId).describe();
    return status.name.toLowerCase();
  } catch (error) {
    // The namespace's retention has removed it.
    if (error instanceof WorkflowNotFoundError) return 'removed';
    throw error;
  }
}
