import type { Client, ScheduleDescription } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import type { Config } from '../model/config.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import { hasTerms, optionsOf } from './schedule-terms.ts';
import type { WantedSchedule } from './schedules.ts';
import { wantedSchedules } from './schedules.ts';

export interface ScheduleChange {
  readonly id: string;
  readonly change: 'created' | 'updated' | 'unchanged';
}

/**
 * Makes Temporal's schedules those of the config: creates what is missing, updates what differs, and keeps whether a
 * schedule is paused, and its note. A second time it changes nothing; two at once end like one.
 */
export async function applySchedules(client: Client, config: Config): Promise<ScheduleChange[]> {
  const changes: ScheduleChange[] = [];
  for (const wanted of wantedSchedules(config))
    changes.push({ id: wanted.id, change: await applyOne(client, wanted) });
  return changes;
}

/** The schedule as Temporal has it; `undefined` when it has none of that id. */
export async function describeSchedule(client: Client, id: string): Promise<ScheduleDescription | undefined> {
  return client.schedule.getHandle(id).describe().catch(unless(ScheduleNotFoundError));
}

const attemptsAtMost = 5;

/**
 * An update carries no proof of what it was made from, so that another one at the same moment may take its place: what
 * was written is read again, and written again when it is not there.
 */
async function applyOne(
  client: Client,
  { id, terms, note }: WantedSchedule,
): Promise<ScheduleChange['change']> {
  let change: ScheduleChange['change'] = 'unchanged';
  for (let attempt = 1; attempt <= attemptsAtMost; attempt++) {
    const current = await describeSchedule(client, id);
    if (current && hasTerms(current, terms)) return change;
    if (!current) {
      const created = await client.schedule
        .create({ ...optionsOf(terms), scheduleId: id, state: { note } })
        .catch(unless(ScheduleAlreadyRunning));
      if (created) change = 'created';
    } else {
      await client.schedule
        .getHandle(id)
        .update(({ state }) => ({ ...optionsOf(terms), state }))
        .catch(unless(ScheduleNotFoundError));
      if (change === 'unchanged') change = 'updated';
    }
  }
  throw new CommandFailure(
    exitCodes.failed,
    `The schedule "${id}" is changed by somebody else at the same time; see who does that, and apply again.`,
  );
}

function unless(expected: abstract new (...args: never[]) => Error) {
  return (error: unknown): undefined => {
    if (!(error instanceof expected)) throw error;
  };
}
