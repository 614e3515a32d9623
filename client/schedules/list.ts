import { formatTime } from '../../model/time.ts';
import type { ScheduleState } from './state.ts';
import type { Cell } from '../terminal/table.ts';
import { renderTable } from '../terminal/table.ts';

const headings = ['schedule', 'state', 'next', 'last', 'last run'];

/** The schedules as `temporal schedule list` would show them, with what a person noted. */
export function renderScheduleList(schedules: readonly ScheduleState[]): string {
  return renderTable(
    [...headings, 'note'],
    schedules.map((schedule) => [...cellsOf(schedule), schedule.note]),
  );
}

/** The schedules without notes, and how to make those that are missing. */
export function renderSchedules(schedules: readonly ScheduleState[]): string {
  const table = renderTable(headings, schedules.map(cellsOf));
  const missing = schedules.some(({ status }) => status === 'missing');
  return missing ? `${table}\n\nMake the missing with: tidehouse schedules apply` : table;
}

function cellsOf({ id, paused, next, last, status }: ScheduleState): Cell[] {
  return [
    id,
    status === 'missing' ? 'missing' : paused ? 'paused' : 'on',
    next && formatTime(next),
    last === null ? 'never' : formatTime(last),
    status === 'missing' ? null : status,
  ];
}
