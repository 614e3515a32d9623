import type { Client, ScheduleDescription } from '@temporalio/client';
import { ScheduleNotFoundError } from '@temporalio/client';
import type { Problem } from '../../../model/incident.ts';
import type { ScheduleId, ScheduledInterval } from '../../../model/schedules.ts';
import { scheduledIntervals } from '../../../model/schedules.ts';
import type { CheckContext } from './context.ts';

/** A schedule may miss this many intervals before it counts as idle. */
const maxMissed = 3;

/** A schedule of the config; `description` is undefined when it is missing in Temporal. */
export interface DescribedSchedule extends ScheduledInterval {
  readonly description: ScheduleDescription | undefined;
}

/** The description of the schedule in Temporal; undefined when it does not exist. */
export async function describeSchedule(client: Client, id: string): Promise<ScheduleDescription | undefined> {
  return client.schedule
    .getHandle(id)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof ScheduleNotFoundError) return undefined;
      throw error;
    });
}

/** The schedules of the config with their descriptions in Temporal. */
export function describeSchedules({ client, config }: CheckContext): Promise<DescribedSchedule[]> {
  return Promise.all(
    scheduledIntervals(config).map(async (interval) => ({
      ...interval,
      description: await describeSchedule(client, interval.id),
    })),
  );
}

/** Reports schedules that are missing, paused without a note of who did it, or without a start for three intervals. */
export function checkSchedules(
  { now }: Pick<CheckContext, 'now'>,
  schedules: readonly DescribedSchedule[],
): Problem[] {
  return schedules.flatMap((schedule) => checkSchedule(schedule, now));
}

function checkSchedule({ id, everyMs, description }: DescribedSchedule, now: number): Problem[] {
  const subject = `schedule/${id}`;
  const found = new Date(now).toISOString();
  if (!description) return [{ subject, kind: 'missing', since: found }];
  const { state, info } = description;
  // Temporal does not record when a schedule was paused: `lastUpdatedAt` is about its definition.
  if (state.paused) return isSigned(state.note) ? [] : [{ subject, kind: 'paused', since: found }];
  const last = info.recentActions.at(-1)?.takenAt;
  // After a change of the definition, the next start is due an interval later.
  const changed = info.lastUpdatedAt ?? info.createdAt;
  const from = Math.max(last?.getTime() ?? 0, changed.getTime());
  if (now - from <= maxMissed * everyMs || info.runningActions.length > 0) return [];
  const since = new Date(from + everyMs).toISOString();
  return [{ subject, kind: 'idle', last: (last ?? info.createdAt).toISOString(), since }];
}

/** The schedules that are paused with a signed note. Problems that follow from such a pause are expected. */
export function pausedOnPurpose(schedules: readonly DescribedSchedule[]): ReadonlySet<ScheduleId> {
  return new Set(
    schedules
      .filter(({ description }) => description?.state.paused && isSigned(description.state.note))
      .map(({ id }) => id),
  );
}

/** Whether a note names its author: `by anna, until the migration is through`. */
function isSigned(note: string | undefined): boolean {
  return /\bby\s+\S|@\w/i.test(note ?? '');
}
