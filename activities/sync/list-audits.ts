import type { AuditPortion } from '../../model/audit.ts';
import { portionsOf } from '../../model/audit.ts';
import type { Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';

/** One run compares at most so many portions, so that its history has a bound; the next one goes on with the others. */
const maxPortions = 500;

/**
 * Lists what to audit, in portions: first the tables whose audit is under way, then those that have never been audited, then
 * those whose audit is the oldest.
 */
export function createListAudits(environment: Environment) {
  return defineActivity(environment, async (attempt): Promise<AuditPortion[]> => {
    const { rows } = await attempt.onWarehouse(undefined, (client) =>
      client.query<Record<'source' | 'table' | 'rows', string>>(
        `select p.source, p.table_name as table, p.rows
         from ops.position p
         left join ops.audit a using (source, table_name)
         where p.source = any ($1)
         order by a.reached is null, a.audited_at nulls first, p.source, p.table_name`,
        [Object.keys(attempt.config.sources)],
      ),
    );
    return portionsOf(rows.map((row) => ({ ...row, rows: Number(row.rows) }))).slice(0, maxPortions);
  });
}
