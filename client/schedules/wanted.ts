import type { Config } from '../../model/config.ts';
import { formatDuration } from '../../model/duration.ts';
import { taskQueue, workflowTypes } from '../../model/names.ts';
import type { AuditRunInput, SyncInput, WeatherInput } from '../../model/runs.ts';
import type { ScheduleId } from '../../model/schedules.ts';
import { scheduledIntervals } from '../../model/schedules.ts';

/** The terms of a schedule, which must match in Temporal exactly; the rest (paused, note) belongs to its operators. */
export interface ScheduleTerms {
  readonly everyMs: number;
  readonly workflowType: string;
  /** Temporal appends the scheduled time. */
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: readonly unknown[];
  readonly summary: string;
  /** Without it, a run that hangs would block all later runs. */
  readonly runTimeoutMs: number;
  /** A run due while Temporal was down is started if Temporal is back within this time. */
  readonly catchupMs: number;
  readonly overlap: 'SKIP';
  readonly pauseOnFailure: false;
}

export interface WantedSchedule {
  readonly id: ScheduleId;
  readonly terms: ScheduleTerms;
  /** The first note of the schedule. Each pause and resume replaces it. */
  readonly note: string;
}

/** The shortest catchup window that Temporal accepts. */
const minCatchupMs = 10_000;

/** The schedules of a config, with their terms. */
export function wantedSchedules(config: Pick<Config, 'schedules' | 'weather'>): WantedSchedule[] {
  return scheduledIntervals(config).map(({ id, everyMs }) => {
    const { note, ...terms } = definitions[id](everyMs);
    return { id, note, terms: { ...defaultTerms(id, everyMs), ...terms } };
  });
}

/** An audit begins no portion later than so long after its start; the next one goes on from there. */
const maxAuditMinutes = 240;

type Definition = Pick<ScheduleTerms, 'workflowType' | 'args' | 'summary'> &
  Partial<ScheduleTerms> & { readonly note: string };

const definitions: Readonly<Record<ScheduleId, (everyMs: number) => Definition>> = {
  sync: (everyMs) => ({
    workflowType: workflowTypes.sync,
    args: [{ waitMinutes: waitMinutes(everyMs) } satisfies SyncInput],
    summary: `all sources, every ${formatDuration(everyMs / 1000)}`,
    note: `Syncs all sources into the warehouse every ${formatDuration(everyMs / 1000)}.`,
  }),
  weather: (everyMs) => ({
    workflowType: workflowTypes.weather,
    args: [{ waitMinutes: waitMinutes(everyMs) } satisfies WeatherInput],
    summary: `all places, every ${formatDuration(everyMs / 1000)}`,
    note: `Writes the weather of all places to their files every ${formatDuration(everyMs / 1000)}.`,
  }),
  audit: (everyMs) => ({
    workflowType: workflowTypes.audit,
    args: [{ minutes: Math.min(waitMinutes(everyMs), maxAuditMinutes) } satisfies AuditRunInput],
    summary: `all sources, every ${formatDuration(everyMs / 1000)}`,
    note: `Compares every row with its source every ${formatDuration(everyMs / 1000)}, and mends what differs.`,
  }),
  alerts: (everyMs) => ({
    workflowType: workflowTypes.alerts,
    args: [],
    summary: 'check health, open and resolve incidents',
    note: 'Checks for problems, opens an incident for each and resolves those that are over.',
    // Health checks missed during an outage are skipped: the next one finds everything that they would have found.
    catchupMs: minCatchupMs,
    runTimeoutMs: Math.max(3 * everyMs, 3 * 60_000),
  }),
};

/** A run waits for its children for four fifths of its interval, so it has reported on them before the next one starts. */
function waitMinutes(everyMs: number): number {
  return (everyMs * 4) / 5 / 60_000;
}

function defaultTerms(workflowId: string, everyMs: number) {
  return {
    everyMs,
    workflowId,
    taskQueue,
    runTimeoutMs: everyMs,
    catchupMs: Math.max(everyMs, minCatchupMs),
    overlap: 'SKIP',
    pauseOnFailure: false,
  } as const;
}
