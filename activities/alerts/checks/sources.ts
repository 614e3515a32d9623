import type { HeldBack } from '../../../model/batch.ts';
import { failureMessage, failureTypes } from '../../../model/failure.ts';
import type { FailureDetails } from '../../../model/failure.ts';
import type { Problem } from '../../../model/incident.ts';
import { lateCause } from '../../../model/late-cause.ts';
import type { Orphans } from '../../sync/warehouse/orphans.ts';
import { toleratedClockSeconds } from '../../../model/snapshot.ts';
import type { CheckContext } from './context.ts';
import type { SourceHealth } from './warehouse.ts';

/**
 * Reports sources that are late, that have a long transaction open (each run then rereads everything that has changed
 * since it began), whose row counts do not reconcile, of which too many rows were deleted at once, whose last audit found
 * rows that were not as they are at the source, that have dropped columns which views read, or of which a table is held back or
 * rows are in quarantine.
 */
export function checkSources(
  { config: { alerts, schedules } }: Pick<CheckContext, 'config'>,
  sources: readonly SourceHealth[],
): Problem[] {
  return sources.flatMap((health) => {
    const {
      source,
      completeThrough,
      currentThrough,
      lagMs,
      clockAhead,
      landedAt,
      unreconciled,
      heldDeletes,
      heldBack,
      audited,
      quarantined,
      dropped,
      stuckSince,
      xmin,
    } = health;
    const problems: Problem[] = [];
    if (lagMs > alerts.lateAfterMs)
      problems.push({
        subject: `source/${source}`,
        kind: 'late',
        completeThrough,
        cause: lateCause(
          lagMs - (Date.parse(landedAt) - Date.parse(currentThrough)),
          schedules.sync,
          alerts.lateAfterMs,
        ),
        since: currentThrough,
      });
    if (Math.abs(clockAhead) > toleratedClockSeconds)
      problems.push({ subject: `clock/${source}`, kind: 'clock', ahead: clockAhead, since: landedAt });
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
    if (heldDeletes !== null)
      problems.push({
        subject: `deletes/${source}`,
        kind: 'held deletes',
        tables: heldDeletes,
        since: completeThrough,
      });
    if (audited !== null)
      problems.push({
        subject: `audit/${source}`,
        kind: 'audit',
        tables: audited.unequal,
        since: audited.at,
      });
    if (quarantined !== null)
      problems.push({ subject: `quarantine/${source}`, kind: 'quarantine', ...quarantined });
    if (dropped !== null)
      problems.push({ subject: `columns/${source}`, kind: 'dropped columns', ...dropped });
    for (const { since, ...cause } of heldBack) problems.push(heldBackProblem(source, cause, since));
    return problems;
  });
}

function heldBackProblem(source: string, { table, problem, advice, sql }: HeldBack, since: string): Problem {
  const cause = {
    table,
    problem,
    ...(advice !== undefined && { advice }),
    ...(sql !== undefined && { sql }),
  };
  const details: FailureDetails = { source, causes: [cause] };
  return {
    subject: `table/${source}/${table}`,
    kind: 'held back',
    since,
    failure: { type: failureTypes.cannotRead, message: failureMessage(details), details },
  };
}

/** Reports rows whose source or table the config no longer has, until somebody decides what becomes of them. */
export function checkOrphans(orphans: readonly Orphans[]): Problem[] {
  return orphans.map(({ source, configured, tables, since }) => ({
    subject: `orphans/${source}`,
    kind: 'orphans',
    tables: configured ? tables.map(({ table }) => table).join(', ') : '',
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    since,
  }));
}
