import type { OpenIncident } from './incidents.ts';
import { formatTime } from '../../model/time.ts';
import type { Cell } from '../terminal/table.ts';
import { renderTable } from '../terminal/table.ts';

/** A table of the open incidents; empty when there are none. */
export function renderIncidents(incidents: readonly OpenIncident[]): string {
  if (incidents.length === 0) return '';
  return renderTable(
    ['incident', 'since', 'problem', 'notified', 'quiet until'],
    incidents.map(({ id, since, problem, notifiedAt, quietUntil, mutedUntil }): Cell[] => [
      id,
      formatTime(since),
      problem,
      notifiedAt === null ? 'not yet' : formatTime(notifiedAt),
      mutedUntil !== null ? `${formatTime(mutedUntil)}, muted` : quietUntil && formatTime(quietUntil),
    ]),
  );
}

/** A table of the subjects that are muted for a time; empty when there are none. */
export function renderMutes(mutes: Readonly<Record<string, string>>): string {
  const rows = Object.entries(mutes).map(([subject, until]): Cell[] => [subject, formatTime(until)]);
  return rows.length === 0 ? '' : renderTable(['muted', 'until'], rows);
}
