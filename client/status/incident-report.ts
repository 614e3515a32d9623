import type { OpenIncident } from './incidents.ts';
import { formatTime } from '../../model/time.ts';
import { renderTable } from '../terminal/table.ts';

/** A table of the open incidents; empty when there are none. */
export function renderIncidents(incidents: readonly OpenIncident[]): string {
  if (incidents.length === 0) return '';
  return renderTable(
    ['incident', 'since', 'problem', 'notified', 'quiet until'],
    incidents.map(({ id, since, problem, notifiedAt, quietUntil }) => [
      id,
      formatTime(since),
      problem,
      notifiedAt === null ? 'not yet' : formatTime(notifiedAt),
      quietUntil === null ? null : formatTime(quietUntil),
    ]),
  );
}
