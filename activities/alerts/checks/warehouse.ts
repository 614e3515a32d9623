import type { Client } from 'pg';
import type { Config } from '../../../model/config.ts';
import type { Finding } from '../../../model/incident.ts';

type Row = Record<
  'source' | 'complete_through' | 'lag_ms' | 'unbalanced' | 'stuck_since' | 'xmin',
  string | null
>;

export interface SourceSigns {
  readonly findings: readonly Finding[];
  /** How far each source is complete (ISO 8601), for who tells that it is well again. */
  readonly completeThrough: Readonly<Record<string, string>>;
}

/**
 * What the warehouse says of the sources: one that is complete through too long ago, one whose oldest open transaction
 * has not moved while others went on (each run then reads again what changed since), and books that do not balance.
 */
export async function warehouseFindings(
  client: Client,
  { sources, alerts }: Config,
  sql: string,
): Promise<SourceSigns> {
  const { rows } = await client.query<Row>(sql, [alerts.stuckAfterMs / 1000]);
  const findings: Finding[] = [];
  const completeThrough: Record<string, string> = {};
  for (const row of rows) {
    const source = row.source ?? '';
    if (!(source in sources) || row.complete_through === null) continue;
    completeThrough[source] = row.complete_through;
    const since = row.complete_through;
    if (Number(row.lag_ms) > alerts.lateAfterMs)
      findings.push({ thing: `source/${source}`, what: { kind: 'late', completeThrough: since }, since });
    if (row.stuck_since !== null)
      findings.push({
        thing: `snapshot/${source}`,
        what: { kind: 'held up', xmin: row.xmin ?? '' },
        since: row.stuck_since,
      });
    if (row.unbalanced !== null)
      findings.push({
        thing: `books/${source}`,
        what: { kind: 'unbalanced', tables: row.unbalanced },
        since,
      });
  }
  return { findings, completeThrough };
}
