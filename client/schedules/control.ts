import { hostname, userInfo } from 'node:os';
import type { Client, ScheduleDescription } from '@temporalio/client';
import { poll } from '../../local/process/poll.ts';
import { describeSchedule } from './apply.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

/** The result of a pause or a resume, with the schedule's current note. */
export interface Toggled {
  readonly id: string;
  readonly change: 'paused' | 'resumed' | 'unchanged';
  readonly note: string | null;
}

/** Pauses a schedule with a signed note. One that is already paused keeps its note unless a reason is given. */
export async function pauseSchedule(client: Client, id: string, reason?: string): Promise<Toggled> {
  const { state } = await existing(client, id);
  if (state.paused && reason === undefined) return { id, change: 'unchanged', note: state.note ?? null };
  const note = signedNote('paused', reason);
  await client.schedule.getHandle(id).pause(note);
  return { id, change: 'paused', note };
}

/**
 * Resumes a schedule with a signed note, in place of the reason for the pause. One that is not paused keeps its note unless
 * a reason is given.
 */
export async function resumeSchedule(client: Client, id: string, reason?: string): Promise<Toggled> {
  const { state } = await existing(client, id);
  if (!state.paused && reason === undefined) return { id, change: 'unchanged', note: state.note ?? null };
  const note = signedNote('resumed', reason);
  await client.schedule.getHandle(id).unpause(note);
  return { id, change: 'resumed', note };
}

export interface Triggered {
  readonly id: string;
  /** The started run; null when one is already in progress, because there is never a second. */
  readonly started: string | null;
  /** The run that is already in progress. */
  readonly running: string | null;
}

const startsWithinMs = 10_000;

/** Starts a run now, unless one is in progress. */
export async function triggerSchedule(client: Client, id: string): Promise<Triggered> {
  const before = await existing(client, id);
  await client.schedule.getHandle(id).trigger('SKIP');
  const triggered = await poll(
    async (): Promise<Triggered | undefined> => {
      const now = await existing(client, id);
      const action = now.info.recentActions.at(-1);
      if (action && !sameAction(action, before.info.recentActions.at(-1)))
        return { id, started: action.action.workflow.workflowId, running: null };
      if (now.info.numActionsSkippedOverlap === before.info.numActionsSkippedOverlap) return undefined;
      return { id, started: null, running: now.info.runningActions[0]?.workflow.workflowId ?? null };
    },
    startsWithinMs,
    100,
  );
  if (triggered) return triggered;
  throw new CommandFailure(
    exitCodes.failed,
    `Schedule "${id}": Temporal accepted the trigger, but started no run within ${startsWithinMs / 1000} s. To see its runs: tidehouse schedules list`,
  );
}

type Action = ScheduleDescription['info']['recentActions'][number];

function sameAction(one: Action, other: Action | undefined): boolean {
  return (
    one.takenAt.getTime() === other?.takenAt.getTime() &&
    one.action.workflow.workflowId === other.action.workflow.workflowId
  );
}

export interface Backfilled {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** The number of runs due in that time range. */
  readonly due: number;
}

/**
 * Makes up for the runs due between two instants: starts one run now and one after it (BUFFER_ONE). A run reads everything
 * that has changed, so more runs would find nothing to do.
 */
export async function backfillSchedule(
  client: Client,
  id: string,
  from: Date,
  to: Date,
): Promise<Backfilled> {
  await existing(client, id);
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({
    namespace: client.options.namespace,
    scheduleId: id,
    // This request excludes its start time; a backfill includes it.
    startTime: timestamp(new Date(from.getTime() - 1)),
    endTime: timestamp(to),
  });
  if (startTime.length === 0)
    throw new CommandFailure(
      exitCodes.invalid,
      `Schedule "${id}": no run was due between ${from.toISOString()} and ${to.toISOString()}. Choose a longer time range.`,
    );
  await client.schedule.getHandle(id).backfill({ start: from, end: to, overlap: 'BUFFER_ONE' });
  return { id, from: from.toISOString(), to: to.toISOString(), due: startTime.length };
}

function timestamp(date: Date) {
  const ms = date.getTime();
  // The type requires a Long, but the encoder also accepts a number.
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 } as never;
}

async function existing(client: Client, id: string): Promise<ScheduleDescription> {
  const found = await describeSchedule(client, id);
  if (found) return found;
  throw new CommandFailure(
    exitCodes.invalid,
    `Schedule "${id}" does not exist in Temporal. To see the schedules: tidehouse schedules list. To create the missing ones: tidehouse schedules apply`,
  );
}

/**
 * A note with the user's name, which the health check expects for an intended pause: `disk is being moved (paused by
 * ann@db1)`.
 */
function signedNote(change: 'paused' | 'resumed', reason: string | undefined): string {
  const who = `${change} by ${userName()}@${hostname()}`;
  return reason === undefined ? who : `${reason} (${who})`;
}

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
