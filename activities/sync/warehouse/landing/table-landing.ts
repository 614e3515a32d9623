import type { Client } from 'pg';
import type { TableBatch, TableShape } from '../../../../model/batch.ts';
import { showsDeletes } from '../../../../model/batch.ts';
import type { TablePosition } from '../../../../model/position.ts';
import type { Relation } from '../relations.ts';
import type { LandingTargets } from './landing-statements.ts';
import type { Quarantined } from './quarantine.ts';

/** The effect of landing on a table, and whether its row counts reconcile. */
export interface TableLanding {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /**
   * The row count in clean afterwards, without the rows that are marked as deleted, or kept although the source has deleted
   * them.
   */
  readonly rows: number;
  /** How many of `rows` the source no longer has: too many to delete at once. */
  readonly heldDeletes: number;
  /** Whether the batch had all rows or all keys, or those of all ranges in which rows may be gone. */
  readonly showsDeletes: boolean;
  /** The snapshot's row count minus `rows`, the held deletes apart. */
  readonly difference: number;
  readonly reconciled: boolean;
  /** The key that the leaf still has, where another one waits. */
  readonly keyUntilNow?: readonly string[];
}

/** One table of a batch, where it lands, and how far it was. */
export interface TableToLand {
  readonly table: TableBatch;
  readonly relations: LandingTargets;
  readonly position: TablePosition | undefined;
  /** The columns of clean that the source no longer has. */
  readonly vanished: readonly string[];
  /** Its rows in quarantine; undefined when there are none. */
  readonly quarantined: Quarantined | undefined;
  /** The key by which they are known; that of the table when absent. */
  readonly keyInQuarantine?: readonly string[];
  /** Whether the session analytics are computed from it. */
  readonly analysed: boolean;
  /** The share of its rows that the landing may delete, where the config says so. */
  readonly maxDeletes?: number | undefined;
}

/** The share of a table's rows that one landing may delete, and the size from which it is asked about. */
const usualMaxDeletes = 0.3;
const limitedFromRows = 1_000;

/** Whether somebody has to accept that `deletes` of the `rows` in clean are deleted. */
export function isTooMany(
  deletes: number,
  rows: number,
  { position, maxDeletes = usualMaxDeletes }: TableToLand,
): boolean {
  if (rows <= limitedFromRows) return false;
  return deletes > (position?.acceptedDeletes ?? 0) + maxDeletes * rows;
}

/**
 * Whether a batch may land with this difference of the row counts: one that has all rows or all keys in any case, because another
 * would show no more; one without keys, or with those of ranges alone, when the difference is that of the position.
 */
export function isReconciled(difference: number, { table, position }: TableToLand): boolean {
  const showsAll = showsDeletes(table) && table.keyRanges === undefined;
  return showsAll || difference === (position?.difference ?? 0);
}

/** The landing of a table of which everything waits, because it would delete too many of its `rows`. */
export function landLater(rows: number, heldDeletes: number): TableLanding {
  const none = { inserted: 0, updated: 0, deleted: 0, difference: 0 };
  return { ...none, rows, heldDeletes, showsDeletes: true, reconciled: true };
}

/** How many rows clean has of the source, without those that are marked as deleted. */
export async function countClean(
  client: Client,
  source: string,
  clean: Relation,
  deletes?: TableShape['deletes'],
): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from ${clean.name} where project = $1${deletes === 'mark' ? ' and deleted_at is null' : ''}`,
    [source],
  );
  return Number(rows[0]!.count);
}
