import { sayTime } from './say-time.ts';
import type { ScheduleState } from './schedule-state.ts';
import type { Cell } from './table.ts';
import { renderTable } from './table.ts';

/** The schedules as `temporal schedule list` would show them, with what a person noted. */
export function renderScheduleList(schedules: readonly ScheduleState[]): string {
  return renderTable(
    ['schedule', 'state', 'next', 'last', 'last run', 'note'],
    schedules.map(({ id, paused, next, last, status, note }): Cell[] => [
      id,
      status === 'missing' ? 'missing' : paused ? 'paused' : 'on',
      next && sayTime(next),
      last === null ? 'never' : sayTime(last),
      status === 'missing' ? null : status,
      note,
    ]),
  );
}
