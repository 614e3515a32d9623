import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { AuditPortion } from '../model/audit.ts';
import { isEqual } from '../model/audit.ts';
import { concurrently } from '../model/concurrently.ts';
import type { Failure } from '../model/failure.ts';
import { failureTypes } from '../model/failure.ts';
import { formatCount, formatNumber } from '../model/number.ts';
import type { AuditRunInput, AuditRunResult, AuditTotals } from '../model/runs.ts';
import { failureAbout, unwrapFailure } from '../model/unwrap-failure.ts';
import { boundedOutcomes, outcomeTable, throwIfAnyFailed } from './outcomes.ts';
import { auditSource, listAudits } from './proxies.ts';
import { showDetails } from './show-details.ts';

/** An audit must not take the connections of many sources, nor the activities of a worker from the syncs. */
const maxPortionsAtOnce = 2;

/**
 * Compares the tables of all sources with clean while syncs go on, those first whose last audit is the oldest, until all are
 * compared or the time is over; the next run goes on from there, within a large table too. What differs is marked, and mended
 * by the next sync of its source. A source that fails stops no other: the run fails at its end.
 */
export async function audit({ minutes }: AuditRunInput): Promise<AuditRunResult> {
  let isOver = minutes <= 0;
  const time = new CancellationScope();
  void time
    .run(() => sleep(minutes * 60_000, { summary: 'begin no further portions' }))
    .then(
      () => (isOver = true),
      () => undefined,
    );
  const totals: Record<string, AuditTotals> = {};
  const failures: Failure[] = [];
  const away = new Set<string>();
  let left = 0;
  const portions = await listAudits(undefined);
  for (const { source } of portions) totals[source] = { status: 'audited', tables: 0, rows: 0, unequal: 0 };

  const compare = async (portion: AuditPortion): Promise<void> => {
    const { source, tables } = portion;
    try {
      for (let isUnfinished = true; isUnfinished;) {
        const found = Object.values(await auditSource(portion));
        isUnfinished = found.some(({ unfinished }) => unfinished);
        const { tables: compared, rows, unequal } = totals[source]!;
        totals[source] = {
          ...totals[source]!,
          tables: compared + found.filter(({ unfinished }) => !unfinished).length,
          rows: found.reduce((sum, table) => sum + table.compared, rows),
          unequal: unequal + found.filter((table) => !isEqual(table)).length,
        };
        if (isUnfinished && isOver) {
          left++;
          return;
        }
      }
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failure = failureAbout({ source }, unwrapFailure(error));
      failures.push(failure);
      totals[source] = { ...totals[source]!, status: 'failed', error: failure.message };
      const others = tablesWithout(failure, tables);
      if (others.length === tables.length) away.add(source);
      else if (others.length > 0) await compare({ ...portion, tables: others });
    }
  };
  await showDetails(
    () => details(totals),
    (changed) =>
      concurrently(portions, maxPortionsAtOnce, async (portion) => {
        if (isOver || away.has(portion.source)) left++;
        else await compare(portion);
        changed();
      }),
  ).finally(() => time.cancel());

  const result = { compared: comparedSentence(totals), sources: boundedOutcomes(totals), left };
  // The sync of a source that is away fails too, and says so.
  const others = failures.some(({ type }) => type !== failureTypes.unavailable);
  throwIfAnyFailed('source', others ? failureTypes.auditFailed : failureTypes.sourcesFailed, totals, result);
  return result;
}

function comparedSentence(totals: Readonly<Record<string, AuditTotals>>): string {
  let [tables, rows, unequal] = [0, 0, 0];
  for (const each of Object.values(totals)) {
    tables += each.tables;
    rows += each.rows;
    unequal += each.unequal;
  }
  if (tables === 0) return 'nothing';
  const differing = unequal === 0 ? 'all equal' : `${formatNumber(unequal)} not equal`;
  return `${formatCount(tables, 'table')}, ${formatCount(rows, 'row')}: ${differing}`;
}

/** The tables that a failure is not about. */
function tablesWithout({ details: about }: Failure, tables: readonly string[]): string[] {
  const failed = new Set(about?.causes.map(({ table }) => table));
  return tables.filter((table) => !failed.has(table));
}

function details(totals: Readonly<Record<string, AuditTotals>>): string {
  return outcomeTable(
    'source',
    ['tables compared', 'rows', 'tables that differed'],
    totals,
    ({ tables, rows, unequal }) => [tables, rows, unequal],
  );
}
