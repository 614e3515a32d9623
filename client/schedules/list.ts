import { weatherScheduleId } from '../../model/names.ts';
import { formatTime } from '../../model/time.ts';
import { describeIncomplete } from './incomplete.ts';
import type { ScheduleState } from './state.ts';
import type { Cell } from '../terminal/table.ts';
import { renderTable } from '../terminal/table.ts';

const headings = ['schedule', 'status', 'next run', 'last run', 'result'];

/** A table of the schedules with their notes. */
export function renderScheduleList(schedules: readonly ScheduleState[]): string {
  return renderTable(
    [...headings, 'note'],
    schedules.map((schedule) => [...cellsOf(schedule), schedule.note]),
  );
}

/** A table of the schedules without notes, and the command to create missing ones. */
export function renderSchedules(schedules: readonly ScheduleState[]): string {
  const table = renderTable(headings, schedules.map(cellsOf));
  const missing = schedules.some(({ status }) => status === 'missing');
  return missing ? `${table}\n\nTo create the missing schedules: tidehouse schedules apply` : table;
}

function cellsOf({ id, paused, next, last, status, ...incomplete }: ScheduleState): Cell[] {
  const noun = id === weatherScheduleId ? 'place' : 'source';
  return [
    id,
    status === 'missing' ? 'missing' : paused ? 'paused' : 'active',
    next && formatTime(next),
    last === null ? (next === null ? 'never' : 'not yet') : formatTime(last),
    status === 'missing' || status === null ? null : status + describeIncomplete(incomplete, noun),
  ];
}
