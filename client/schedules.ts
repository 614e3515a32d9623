import type { Config } from '../model/config.ts';
import { sayDuration } from '../model/duration.ts';
import { syncScheduleId, taskQueue, workflowTypes } from '../model/run.ts';
import type { SyncInput } from '../model/run.ts';

/** What a schedule does. Temporal must hold exactly this; what else a schedule has (paused, note) belongs to people. */
export interface ScheduleTerms {
  readonly everyMs: number;
  readonly workflowType: string;
  /** Temporal appends the scheduled time. */
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: readonly unknown[];
  readonly summary: string;
  /** A run that hangs would otherwise hold up all that follow. */
  readonly runTimeoutMs: number;
  /** A run that was due while Temporal was down is made up for within so long. */
  readonly catchupMs: number;
  readonly overlap: 'SKIP';
  readonly pauseOnFailure: false;
}

export interface WantedSchedule {
  readonly id: string;
  readonly terms: ScheduleTerms;
  /** Its first note; later ones say why it was paused. */
  readonly note: string;
}

/** The shortest catchup window that Temporal takes. */
const leastCatchupMs = 10_000;

/** The schedules that a config asks for. */
export function wantedSchedules({ schedules }: Config): WantedSchedule[] {
  return [syncSchedule(schedules.sync)];
}

function syncSchedule(everyMs: number): WantedSchedule {
  const every = sayDuration(everyMs / 1000);
  return {
    id: syncScheduleId,
    note: `Brings all sources into the warehouse every ${every}.`,
    terms: {
      everyMs,
      workflowType: workflowTypes.sync,
      workflowId: syncScheduleId,
      taskQueue,
      args: [{ patienceMs: Math.round((everyMs * 4) / 5) } satisfies SyncInput],
      summary: `all sources, every ${every}`,
      runTimeoutMs: everyMs,
      catchupMs: Math.max(everyMs, leastCatchupMs),
      overlap: 'SKIP',
      pauseOnFailure: false,
    },
  };
}
