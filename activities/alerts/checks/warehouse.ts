import type { Client } from 'pg';
import type { Config } from '../../../model/config.ts';
import type { Problem } from '../../../model/incident.ts';

type Row = Record<
  'source' | 'complete_through' | 'lag_ms' | 'unreconciled' | 'stuck_since' | 'xmin',
  string | null
>;

export interface SourceSigns {
  readonly problems: readonly Problem[];
  /** How far each source is complete (ISO 8601), for who tells that it is well again. */
  readonly completeThrough: Readonly<Record<string, string>>;
}

/**
 * What the warehouse says of the sources: one that is complete through too long ago, one whose oldest open transaction
 * has not moved while others went on (each run then reads again what changed since), and books that do not balance.
 */
export async function warehouseProblems(
  client: Client,
  { sources, alerts }: Config,
  sql: string,
): Promise<SourceSigns> {
  const { rows } = await client.query<Row>(sql, [alerts.stuckAfterMs / 1000]);
  const problems: Problem[] = [];
  const completeThrough: Record<string, string> = {};
  for (const row of rows) {
    const source = row.source ?? '';
    if (!(source in sources) || row.complete_through === null) continue;
    completeThrough[source] = row.complete_through;
    const since = row.complete_through;
    if (Number(row.lag_ms) > alerts.lateAfterMs)
      problems.push({ subject: `source/${source}`, kind: 'late', completeThrough: since, since });
    if (row.stuck_since !== null)
      problems.push({
        subject: `long-transaction/${source}`,
        kind: 'long transaction',
        xmin: row.xmin ?? '',
        since: row.stuck_since,
      });
    if (row.unreconciled !== null)
      problems.push({
        subject: `row-count/${source}`,
        kind: 'row count',
        tables: row.unreconciled,
        since,
      });
  }
  return { problems, completeThrough };
}
