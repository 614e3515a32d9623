import type { OpenIncident } from './incidents.ts';
import { sayTime } from '../../model/time.ts';
import { renderTable } from '../terminal/table.ts';

/** A table of the open incidents; empty without any. */
export function renderIncidents(incidents: readonly OpenIncident[]): string {
  if (incidents.length === 0) return '';
  return renderTable(
    ['incident', 'since', 'what', 'told', 'quiet until'],
    incidents.map(({ id, since, what, toldAt, quietUntil }) => [
      id,
      sayTime(since),
      what,
      toldAt === null ? 'not yet' : sayTime(toldAt),
      quietUntil === null ? null : sayTime(quietUntil),
    ]),
  );
}
