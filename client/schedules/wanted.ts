import type { Config } from '../../model/config.ts';
import { formatDuration } from '../../model/duration.ts';
import {
  alertsScheduleId,
  syncScheduleId,
  taskQueue,
  weatherScheduleId,
  workflowTypes,
} from '../../model/names.ts';
import type { SyncInput, WeatherInput } from '../../model/runs.ts';

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

/** The schedules that a config asks for: that of the weather when it names a place, that of the alerts always. */
export function wantedSchedules({ schedules, weather }: Config): WantedSchedule[] {
  return [
    syncSchedule(schedules.sync),
    ...(weather && weather.places.length > 0 ? [weatherSchedule(schedules.weather)] : []),
    alertsSchedule(schedules.alerts),
  ];
}

function syncSchedule(everyMs: number): WantedSchedule {
  const every = formatDuration(everyMs / 1000);
  return {
    id: syncScheduleId,
    note: `Brings all sources into the warehouse every ${every}.`,
    terms: {
      ...startsEvery(everyMs),
      workflowType: workflowTypes.sync,
      workflowId: syncScheduleId,
      args: [{ waitMinutes: waitMinutes(everyMs) } satisfies SyncInput],
      summary: `all sources, every ${every}`,
    },
  };
}

function weatherSchedule(everyMs: number): WantedSchedule {
  const every = formatDuration(everyMs / 1000);
  return {
    id: weatherScheduleId,
    note: `Brings the weather of all places into their files every ${every}.`,
    terms: {
      ...startsEvery(everyMs),
      workflowType: workflowTypes.weather,
      workflowId: weatherScheduleId,
      args: [{ waitMinutes: waitMinutes(everyMs) } satisfies WeatherInput],
      summary: `all places, every ${every}`,
    },
  };
}

function alertsSchedule(everyMs: number): WantedSchedule {
  return {
    id: alertsScheduleId,
    note: 'Looks around for what is wrong, and tells of it.',
    terms: {
      ...startsEvery(everyMs),
      workflowType: workflowTypes.alerts,
      workflowId: alertsScheduleId,
      args: [],
      summary: 'what is wrong, and what is well again',
      // Temporal makes up for none that was due while it was down: the next one sees all that they would have seen.
      catchupMs: leastCatchupMs,
      runTimeoutMs: Math.max(3 * everyMs, 3 * 60_000),
    },
  };
}

/** A run waits for its children for four fifths of its interval, so that it has told of them when the next one starts. */
function waitMinutes(everyMs: number): number {
  return (everyMs * 4) / 5 / 60_000;
}

function startsEvery(everyMs: number) {
  return {
    everyMs,
    taskQueue,
    runTimeoutMs: everyMs,
    catchupMs: Math.max(everyMs, leastCatchupMs),
    overlap: 'SKIP',
    pauseOnFailure: false,
  } as const;
}
