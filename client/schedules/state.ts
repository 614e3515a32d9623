import type { Client, ScheduleDescription, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Config } from '../../model/config.ts';
import { weatherScheduleId } from '../../model/names.ts';
import { scheduleIds, scheduledIntervals } from '../../model/schedules.ts';
import { describeSchedule } from './apply.ts';
import type { Incomplete } from './incomplete.ts';
import { readIncomplete } from './incomplete.ts';

export interface ScheduleState extends Incomplete {
  readonly id: string;
  readonly paused: boolean;
  /** The reason for the pause, or the note of the last pause, resume or creation. */
  readonly note: string | null;
  /** The start of the next run (ISO 8601); null while the schedule is paused. */
  readonly next: string | null;
  /** The start of the last run, also of one that was started by hand (ISO 8601). */
  readonly last: string | null;
  /**
   * The status of that run: `running`, `completed`, `failed`, `timed_out` …; null without a run; `missing` without a
   * schedule.
   */
  readonly status: string | null;
}

/**
 * The schedules of the config with their state in Temporal. Without a config, `weather` is left out when it is missing: it
 * may not be needed.
 */
export async function readScheduleStates(
  client: Client,
  config: Config | undefined,
): Promise<ScheduleState[]> {
  const ids = config ? scheduledIntervals(config).map(({ id }) => id) : scheduleIds;
  const states = await Promise.all(ids.map((id) => readState(client, id)));
  return states.filter(({ id, status }) => config || id !== weatherScheduleId || status !== 'missing');
}

async function readState(client: Client, id: string): Promise<ScheduleState> {
  const schedule = await describeSchedule(client, id);
  return schedule
    ? stateOf(client, schedule)
    : { id, paused: false, note: null, next: null, last: null, status: 'missing' };
}

async function stateOf(
  client: Client,
  { scheduleId, state, info }: ScheduleDescription,
): Promise<ScheduleState> {
  const last = await lastRun(client, scheduleId);
  const started = info.recentActions.at(-1)?.takenAt;
  // Visibility may not have a run that has only just started, and has none that was removed after the retention period.
  const isNewer = started && (!last || started.getTime() - last.startTime.getTime() > maxDelayMs);
  const run = isNewer ? await describeRun(client, info.recentActions.at(-1)!.action.workflow) : last;
  return {
    id: scheduleId,
    paused: state.paused,
    note: state.note ?? null,
    next: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    last: (isNewer ? started : last?.startTime)?.toISOString() ?? null,
    // The run was removed after the namespace's retention period.
    status: run?.status.name.toLowerCase() ?? (isNewer ? 'removed' : null),
    ...(run && (await readIncomplete(client, run))),
  };
}

/** A scheduled run starts within this time of its schedule's action. */
const maxDelayMs = 5_000;

/** The last run of the schedule's workflow, or by hand, whoever has started it. */
async function lastRun(client: Client, id: string): Promise<WorkflowExecutionInfo | undefined> {
  // A schedule has the name of its workflow. By hand, an audit is a sync that compares first.
  const query = `WorkflowType = '${id}' or WorkflowId starts_with '${id}/manual/'`;
  for await (const run of client.workflow.list({ query, pageSize: 1 })) return run;
  return undefined;
}

/** The run; undefined when it was removed. */
async function describeRun(
  client: Client,
  { workflowId, firstExecutionRunId }: { workflowId: string; firstExecutionRunId: string },
): Promise<Omit<WorkflowExecutionInfo, 'raw'> | undefined> {
  try {
    return await client.workflow.getHandle(workflowId, firstExecutionRunId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
