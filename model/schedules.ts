import type { Config } from './config.ts';
import { alertsScheduleId, auditScheduleId, syncScheduleId, weatherScheduleId } from './names.ts';

/** Every schedule that Tidehouse can create, in display order. */
export const scheduleIds = [syncScheduleId, weatherScheduleId, auditScheduleId, alertsScheduleId] as const;

export type ScheduleId = (typeof scheduleIds)[number];

export interface ScheduledInterval {
  readonly id: ScheduleId;
  readonly everyMs: number;
}

/** The schedules of a config and their intervals: `weather` only when the config has a place. */
export function scheduledIntervals({
  schedules,
  weather,
}: Pick<Config, 'schedules' | 'weather'>): ScheduledInterval[] {
  const hasPlaces = weather !== undefined && weather.places.length > 0;
  return scheduleIds
    .filter((id) => id !== weatherScheduleId || hasPlaces)
    .map((id) => ({ id, everyMs: schedules[id] }));
}
