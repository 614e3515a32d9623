import type { Problem } from '../../../model/incident.ts';
import type { CheckContext } from './context.ts';
import type { SourceHealth } from './warehouse.ts';

/**
 * Reports sources that are late, that have a long transaction open (each run then rereads everything that has changed
 * since it began), or whose row counts do not reconcile.
 */
export function checkSources(
  { config: { alerts } }: Pick<CheckContext, 'config'>,
  sources: readonly SourceHealth[],
): Problem[] {
  return sources.flatMap(({ source, completeThrough, lagMs, unreconciled, stuckSince, xmin }) => {
    const problems: Problem[] = [];
    if (lagMs > alerts.lateAfterMs)
      problems.push({ subject: `source/${source}`, kind: 'late', completeThrough, since: completeThrough });
    if (stuckSince !== null)
      problems.push({
        subject: `long-transaction/${source}`,
        kind: 'long transaction',
        xmin,
        since: stuckSince,
      });
    if (unreconciled !== null)
      problems.push({
        subject: `row-count/${source}`,
        kind: 'row count',
        tables: unreconciled,
        since: completeThrough,
      });
    return problems;
  });
}
