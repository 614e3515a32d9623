import type { Config } from './config.ts';
import { alertsScheduleId, syncScheduleId, weatherScheduleId } from './names.ts';

/** The id of each schedule that we create in Temporal. */
export const scheduleIds = [syncScheduleId, weatherScheduleId, alertsScheduleId] as const;
export type ScheduleId = (typeof scheduleIds)[number];

export interface ScheduledInterval {
  readonly id: ScheduleId;
  readonly everyMs: number;
}

/** The schedules that a config asks for, and how often each starts a run. There is one for the weather only with a place. */
export function scheduledIntervals({
  schedules,
  weather,
}: Pick<Config, 'schedules' | 'weather'>): ScheduledInterval[] {
  return [
    { id: syncScheduleId, everyMs: schedules.sync },
    ...(weather?.places.length ? [{ id: weatherScheduleId, everyMs: schedules.weather } as const] : []),
    { id: alertsScheduleId, everyMs: schedules.alerts },
  ];
}
