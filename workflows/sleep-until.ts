import { sleep } from '@temporalio/workflow';

/** The milliseconds from now, by the workflow's clock, to an instant (ISO 8601); not above zero when it is over. */
export function msUntil(instant: string): number {
  return Date.parse(instant) - Date.now();
}

/** A timer that fires at an instant (ISO 8601), or at once when it is over. */
export function sleepUntil(instant: string, summary: string): Promise<void> {
  return sleep(Math.max(1, msUntil(instant)), { summary });
}
