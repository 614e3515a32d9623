import type { Client, ScheduleDescription } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import type { Config } from '../../model/config.ts';
import { differencesOf, optionsOf } from './terms.ts';
import type { WantedSchedule } from './wanted.ts';
import { wantedSchedules } from './wanted.ts';

export interface ScheduleChange {
  readonly id: string;
  readonly change: 'created' | 'updated' | 'unchanged';
}

/**
 * Brings Temporal's schedules in line with the config: creates missing ones and updates those that differ, but keeps
 * whether a schedule is paused, and its note. Idempotent, also when run twice at once. An update overwrites concurrent
 * changes between its read and its write: a pause within the same second can be lost. With `startSync`, a schedule `sync`
 * that it creates starts its first run at once, and not only when the next one is due.
 */
export async function applySchedules(
  client: Client,
  config: Config,
  { startSync = false } = {},
): Promise<ScheduleChange[]> {
  const changes: ScheduleChange[] = [];
  for (const wanted of wantedSchedules(config)) {
    const startNow = startSync && wanted.id === 'sync';
    changes.push({ id: wanted.id, change: await applyOne(client, wanted, startNow) });
  }
  return changes;
}

/** The description of the schedule in Temporal; `undefined` when it does not exist. */
export async function describeSchedule(client: Client, id: string): Promise<ScheduleDescription | undefined> {
  return client.schedule.getHandle(id).describe().catch(unless(ScheduleNotFoundError));
}

async function applyOne(
  client: Client,
  wanted: WantedSchedule,
  startNow: boolean,
): Promise<ScheduleChange['change']> {
  const { id, terms, note } = wanted;
  const current = await describeSchedule(client, id);
  if (!current) {
    const created = await client.schedule
      .create({ ...optionsOf(terms), scheduleId: id, state: { note, triggerImmediately: startNow } })
      .catch(unless(ScheduleAlreadyRunning));
    // Someone else has just created it, perhaps with other terms.
    return created ? 'created' : applyOne(client, wanted, startNow);
  }
  if (differencesOf(current, terms).length === 0) return 'unchanged';
  await client.schedule.getHandle(id).update(({ state }) => ({ ...optionsOf(terms), state }));
  return 'updated';
}

function unless(expected: abstract new (...args: never[]) => Error) {
  return (error: unknown): undefined => {
    if (!(error instanceof expected)) throw error;
  };
}
