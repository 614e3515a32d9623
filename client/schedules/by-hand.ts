import { hostname, userInfo } from 'node:os';
import type { Client, ScheduleDescription } from '@temporalio/client';
import { poll } from '../../local/process/poll.ts';
import { describeSchedule } from './apply.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

/** What was done to a schedule by hand, and the note that it now bears. */
export interface Toggled {
  readonly id: string;
  readonly change: 'paused' | 'resumed' | 'unchanged';
  readonly note: string | null;
}

/** Pauses a schedule; the note says who did. One that is paused keeps its note unless another is given. */
export async function pauseSchedule(client: Client, id: string, said?: string): Promise<Toggled> {
  const { state } = await known(client, id);
  if (state.paused && said === undefined) return { id, change: 'unchanged', note: state.note ?? null };
  const note = signed(said ?? 'paused');
  await client.schedule.getHandle(id).pause(note);
  return { id, change: 'paused', note };
}

/** Lets a schedule go on; the note says who did, and no longer why it was paused. One that goes on already keeps its note unless another is given. */
export async function resumeSchedule(client: Client, id: string, said?: string): Promise<Toggled> {
  const { state } = await known(client, id);
  if (!state.paused && said === undefined) return { id, change: 'unchanged', note: state.note ?? null };
  const note = signed(said ?? 'resumed');
  await client.schedule.getHandle(id).unpause(note);
  return { id, change: 'resumed', note };
}

export interface Triggered {
  readonly id: string;
  /** The run that it started; null when one was going already, beside which no second is started. */
  readonly started: string | null;
  /** The run that was going already. */
  readonly running: string | null;
}

const tellsWithinMs = 10_000;

/** Starts a run now, unless one is going. */
export async function triggerSchedule(client: Client, id: string): Promise<Triggered> {
  const before = await known(client, id);
  await client.schedule.getHandle(id).trigger('SKIP');
  const answer = await poll(
    async (): Promise<Triggered | undefined> => {
      const now = await known(client, id);
      const action = now.info.recentActions.at(-1);
      if (action && !sameAction(action, before.info.recentActions.at(-1)))
        return { id, started: action.action.workflow.workflowId, running: null };
      if (now.info.numActionsSkippedOverlap === before.info.numActionsSkippedOverlap) return undefined;
      return { id, started: null, running: now.info.runningActions[0]?.workflow.workflowId ?? null };
    },
    tellsWithinMs,
    100,
  );
  if (answer) return answer;
  throw new CommandFailure(
    exitCodes.failed,
    `Temporal took the trigger of "${id}" and has not started a run within ${tellsWithinMs / 1000} s; see: tidehouse schedules list`,
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
  /** How many runs would have started in that time. */
  readonly due: number;
}

/**
 * Makes up for the runs that were due between two instants: one now, and one after it (BUFFER_ONE). A run brings all
 * that its source holds, so that more of them would find nothing to do.
 */
export async function backfillSchedule(
  client: Client,
  id: string,
  from: Date,
  to: Date,
): Promise<Backfilled> {
  await known(client, id);
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({
    namespace: client.options.namespace,
    scheduleId: id,
    // Its beginning is not part of it, that of a backfill is.
    startTime: timestamp(new Date(from.getTime() - 1)),
    endTime: timestamp(to),
  });
  if (startTime.length === 0)
    throw new CommandFailure(
      exitCodes.wrong,
      `No run of "${id}" was due between ${from.toISOString()} and ${to.toISOString()}; give a longer time.`,
    );
  await client.schedule.getHandle(id).backfill({ start: from, end: to, overlap: 'BUFFER_ONE' });
  return { id, from: from.toISOString(), to: to.toISOString(), due: startTime.length };
}

function timestamp(date: Date) {
  const ms = date.getTime();
  // Its 64-bit integers are told as Long, which takes a number too.
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 } as never;
}

async function known(client: Client, id: string): Promise<ScheduleDescription> {
  const found = await describeSchedule(client, id);
  if (found) return found;
  throw new CommandFailure(
    exitCodes.wrong,
    `Temporal has no schedule "${id}"; see which there are with: tidehouse schedules list, and make the missing with: tidehouse schedules apply`,
  );
}

function signed(note: string): string {
  return `${note} (by ${whoAmI()}@${hostname()} via tidehouse)`;
}

/** In a container the user may have no name. */
function whoAmI(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
