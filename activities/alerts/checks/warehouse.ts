import type { HeldBack } from '../../../model/batch.ts';
import type { ConfigReader } from '../../../model/config.ts';
import type { Failure } from '../../../model/failure.ts';
import { failureTypes } from '../../../model/failure.ts';
import type { Problem } from '../../../model/incident.ts';
import { unwrapFailure } from '../../../model/unwrap-failure.ts';
import { withConnection } from '../../postgres/connection.ts';
import { warehouseEndpoint } from '../../postgres/endpoints.ts';
import { isoTime } from '../../postgres/iso-time.ts';
import { sqlFile } from '../../postgres/sql-file.ts';
import type { Timeouts } from '../../postgres/timeouts.ts';
import type { Orphans } from '../../sync/warehouse/orphans.ts';
import { readOrphans, undecided } from '../../sync/warehouse/orphans.ts';
import type { CheckContext } from './context.ts';

/** The state of one source according to the warehouse. Times are ISO 8601. */
export interface SourceHealth {
  readonly source: string;
  readonly completeThrough: string;
  /** The same by the warehouse's clock. */
  readonly currentThrough: string;
  readonly lagMs: number;
  /** How far the source's clock was ahead of the warehouse's when it last landed, in seconds; negative when it was behind. */
  readonly clockAhead: number;
  readonly landedAt: string;
  /** The tables whose row counts do not reconcile, each with its difference. */
  readonly unreconciled: string | null;
  /** The tables of which rows wait to be deleted until somebody accepts it, each with their number. */
  readonly heldDeletes: string | null;
  readonly heldBack: readonly HeldBackSince[];
  /** The tables whose last audit found rows that were not as they are at the source, with their number, and when. */
  readonly audited: { readonly unequal: string; readonly at: string } | null;
  /** The tables that have rows in quarantine, with their number, and since when. */
  readonly quarantined: { readonly tables: string; readonly since: string } | null;
  /** The columns that the source has dropped and that views read, each with those views, and since when. */
  readonly dropped: { readonly columns: string; readonly since: string } | null;
  /** Since when the oldest open transaction has been the same one while others started; null when it is not stuck. */
  readonly stuckSince: string | null;
  /** The id of that transaction. */
  readonly xmin: string;
}

/** A table that is held back, and since when (ISO 8601). */
export type HeldBackSince = HeldBack & { readonly since: string };

/** The warehouse's answer, or the failure to get one. */
export interface WarehouseAnswer {
  readonly sources: readonly SourceHealth[];
  /** The rows whose source or table the config no longer has, and about which nobody has decided. */
  readonly orphans: readonly Orphans[];
  readonly failure?: Failure;
}

type Row = Record<
  | 'source'
  | 'complete_through'
  | 'current_through'
  | 'lag_ms'
  | 'clock_ahead'
  | 'landed_at'
  | 'unreconciled'
  | 'held_deletes'
  | 'held_back'
  | 'unequal'
  | 'audited_at'
  | 'quarantined'
  | 'quarantined_since'
  | 'dropped'
  | 'dropped_since'
  | 'stuck_since'
  | 'xmin',
  string | null
>;

/** Asks the warehouse about the sources of the config. Without an answer within seconds it counts as unavailable. */
export async function askWarehouse(
  { config }: Pick<CheckContext, 'config'>,
  reader: ConfigReader,
  timeouts: Timeouts,
): Promise<WarehouseAnswer> {
  const quick = { ...timeouts, connectMs: Math.min(timeouts.connectMs, 5_000), statementMs: 15_000 };
  try {
    const endpoint = await warehouseEndpoint(reader, config);
    return await withConnection(endpoint, quick, undefined, async (warehouse) => {
      const { rows } = await warehouse.query<Row>(sqlFile('alerts/source-health.sql'), [
        config.alerts.stuckAfterMs / 1000,
      ]);
      return {
        sources: rows.flatMap(healthOf).filter(({ source }) => source in config.sources),
        orphans: undecided(await readOrphans(warehouse, Object.keys(config.sources))),
      };
    });
  } catch (error) {
    return { sources: [], orphans: [], failure: unwrapFailure(error) };
  }
}

/** Empty for a source that has never landed. */
function healthOf(row: Row): SourceHealth[] {
  if (row.complete_through === null) return [];
  return [
    {
      source: row.source ?? '',
      completeThrough: isoTime(row.complete_through),
      currentThrough: isoTime(row.current_through!),
      lagMs: Number(row.lag_ms),
      clockAhead: Number(row.clock_ahead),
      landedAt: isoTime(row.landed_at!),
      unreconciled: row.unreconciled,
      heldDeletes: row.held_deletes,
      heldBack: (JSON.parse(row.held_back ?? '[]') as HeldBackSince[]).map((each) => ({
        ...each,
        since: isoTime(each.since),
      })),
      audited: row.unequal === null ? null : { unequal: row.unequal, at: isoTime(row.audited_at!) },
      quarantined:
        row.quarantined === null ? null : { tables: row.quarantined, since: isoTime(row.quarantined_since!) },
      dropped: row.dropped === null ? null : { columns: row.dropped, since: isoTime(row.dropped_since!) },
      stuckSince: row.stuck_since === null ? null : isoTime(row.stuck_since),
      xmin: row.xmin ?? '',
    },
  ];
}

/**
 * Reports that the warehouse is unavailable: to this health check, or to a run in `runs`. When it rejects one source's
 * data, that is the source's problem.
 */
export function checkWarehouse(
  { now }: Pick<CheckContext, 'now'>,
  { failure }: WarehouseAnswer,
  runs: readonly Problem[],
): Problem[] {
  if (failure)
    return [{ subject: 'warehouse', kind: 'unreachable', since: new Date(now).toISOString(), failure }];
  const affected = runs.find(
    (problem) => isOfWarehouse(problem) && problem.failure?.type === failureTypes.unavailable,
  );
  if (!affected) return [];
  const { since, failure: runFailure, run } = affected;
  return [{ subject: 'warehouse', kind: 'unreachable', since, failure: runFailure, run }];
}

/** Whether a source's run failed in the warehouse. */
export function isOfWarehouse({ subject, failure }: Problem): boolean {
  return subject.startsWith('source/') && failure?.details?.warehouse === true;
}
