import { Context } from '@temporalio/activity';
import type { Client } from 'pg';
import type { Landed, Unreconciled } from '../model/batch.ts';

/**
 * Records the rows that a batch changed in the warehouse, and how far behind the source is by its own clock; adds that to
 * the outcome.
 */
export function recordLanding<T extends Landed | Unreconciled>(source: string, outcome: T): T {
  if (outcome.status !== 'landed') return outcome;
  const { metricMeter } = Context.current();
  const rows = metricMeter.createCounter('tidehouse_rows', undefined, 'Rows changed in the warehouse.');
  for (const [table, { inserted, updated, deleted }] of Object.entries(outcome.tables))
    for (const [change, count] of Object.entries({ inserted, updated, deleted }))
      rows.add(count, { source, table, change });

  const through = Date.parse(outcome.completeThrough) / 1000;
  const lag = Math.max(0, Date.now() / 1000 - through);
  metricMeter
    .createGauge(
      'tidehouse_source_complete_through_seconds',
      'float',
      undefined,
      "The time by the source's clock (Unix time) through which everything is in the warehouse.",
    )
    .set(through, { source });
  metricMeter
    .createGauge(
      'tidehouse_source_lag_seconds',
      'float',
      undefined,
      'How far behind the source was when it last landed.',
    )
    .set(lag, { source });
  return { ...outcome, lagSeconds: Math.round(lag) };
}

/** Records the time from the last landed snapshot of `source` to its analytics, which have just been refreshed. */
export async function recordCycle(client: Client, source: string): Promise<void> {
  const { rows } = await client.query<{ seconds: string | null }>(
    'select extract(epoch from clock_timestamp() - (complete_through - clock_ahead)) as seconds from ops.source where source = $1',
    [source],
  );
  const seconds = rows[0]?.seconds;
  if (seconds == null) return;
  Context.current()
    .metricMeter.createHistogram(
      'tidehouse_cycle_seconds',
      'float',
      undefined,
      'From the snapshot of a source to its analytics.',
    )
    .record(Math.max(0, Number(seconds)), { source });
}

/** Records the number of open incidents. */
export function recordOpenIncidents(count: number): void {
  Context.current()
    .metricMeter.createGauge('tidehouse_open_incidents', 'int', undefined, 'Open incidents.')
    .set(count);
}
