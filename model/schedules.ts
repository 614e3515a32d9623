import type { Config } from './config.ts';
import { alertsScheduleId, syncScheduleId, weatherScheduleId } from './names.ts';

/** Every schedule that Tidehouse ever creates, in the order in which people see them. */
export const scheduleIds = [syncScheduleId, weatherScheduleId, alertsScheduleId] as const;

export type ScheduleId = (typeof scheduleIds)[number];

export interface ScheduledInterval {
  readonly id: ScheduleId;
  readonly everyMs: number;
}

/** The schedules that the config asks for and their intervals: `weather` only when it names a place. */
export function scheduledIntervals({
  schedules,
  weather,
}: Pick<Config, 'schedules' | 'weather'>): ScheduledInterval[] {
  const hasPlaces = weather !== undefined && weather.places.length > 0;
  return scheduleIds
    .filter((id) => id !== weatherScheduleId || hasPlaces)
    .map((id) => ({ id, everyMs: schedules[id] }));
}
