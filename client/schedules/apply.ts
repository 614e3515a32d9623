import { isDeepStrictEqual } from 'node:util';
import type { Client, ScheduleDescription } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import type { Config } from '../../model/config.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { updateUnlessChanged } from './guarded-update.ts';
import { differencesOf, optionsOf, termsIn } from './terms.ts';
import type { WantedSchedule } from './wanted.ts';
import { wantedSchedules } from './wanted.ts';

export interface ScheduleChange {
  readonly id: string;
  readonly change: 'created' | 'updated' | 'unchanged';
}

/**
 * Makes Temporal's schedules those of the config: creates what is missing, updates what differs, and keeps whether a
 * schedule is paused, and its note. A second time it changes nothing; two at once end like one. What somebody changes
 * meanwhile is never overwritten.
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
 * An update that was made from what is no longer there is dropped, and nobody is told: what was written is read again.
 * A pause that came in between is kept by writing once more; other terms that did belong to somebody, and stay.
 */
async function applyOne(
  client: Client,
  { id, terms, note }: WantedSchedule,
): Promise<ScheduleChange['change']> {
  let change: ScheduleChange['change'] = 'unchanged';
  let seen: ScheduleDescription | undefined;
  for (let attempt = 1; attempt <= attemptsAtMost; attempt++) {
    const current = await describeSchedule(client, id);
    if (current && differencesOf(current, terms).length === 0) return change;
    if (current && seen && !isDeepStrictEqual(termsIn(seen), termsIn(current))) break;
    seen = current;
    if (!current) {
      const created = await client.schedule
        .create({ ...optionsOf(terms), scheduleId: id, state: { note } })
        .catch(unless(ScheduleAlreadyRunning));
      if (created) change = 'created';
    } else {
      await updateUnlessChanged(client, current, { ...optionsOf(terms), state: current.state }).catch(
        unless(ScheduleNotFoundError),
      );
      if (change === 'unchanged') change = 'updated';
    }
  }
  throw new CommandFailure(
    exitCodes.failed,
    `Somebody else changed the schedule "${id}" at the same time, and that stays; look at it with: tidehouse schedules plan, and apply again.`,
  );
}

function unless(expected: abstract new (...args: never[]) => Error) {
  return (error: unknown): undefined => {
    if (!(error instanceof expected)) throw error;
  };
}
