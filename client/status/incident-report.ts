import type { OpenIncident } from './incidents.ts';
import { formatDuration } from '../../model/duration.ts';
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

/**
 * A line for each open incident, those that are muted last; empty when there are none. The problem comes at the end, because
 * a line may be wider than the terminal.
 */
export function incidentLines(incidents: readonly OpenIncident[], now: number): string {
  if (incidents.length === 0) return '';
  const muted = incidents.filter(({ mutedUntil }) => mutedUntil !== null);
  const others = incidents.filter(({ mutedUntil }) => mutedUntil === null);
  const rows = [
    ...others.map((each) => [each, each.notifiedAt === null ? 'not notified yet' : 'notified'] as const),
    ...muted.map((each) => [each, 'muted'] as const),
  ].map(([{ id, since, problem }, status]): Cell[] => [
    id,
    formatDuration((now - Date.parse(since)) / 1_000),
    status,
    problem,
  ]);
  return renderTable(['incident', 'for', 'status', 'problem'], rows, Infinity);
}

/** A table of the subjects that are muted for a time; empty when there are none. */
export function renderMutes(mutes: Readonly<Record<string, string>>): string {
  const rows = Object.entries(mutes).map(([subject, until]): Cell[] => [subject, formatTime(until)]);
  return rows.length === 0 ? '' : renderTable(['muted', 'until'], rows);
}
