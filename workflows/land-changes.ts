import type { Activities } from '../activities/index.ts';
import type { FirstLoadInput } from '../activities/sync/first-load.ts';
import type { Batch, HeldBack, Landed } from '../model/batch.ts';
import { createFailure, failureTypes } from '../model/failure.ts';
import type { SourceProgress } from '../model/runs.ts';
import { unwrapFailure } from '../model/unwrap-failure.ts';

/**
 * The maximum number of extracts in one run, apart from the extra ones: one, one more with the keys of ranges, one with all keys,
 * and one to replace what a crash has lost.
 */
const maxExtracts = 4;

/** What landing needs from its workflow: the activities, ids for its batches, and a function to report progress. */
export interface Landing {
  readonly activities: Pick<Activities, 'extract' | 'firstLoad' | 'loadRaw' | 'upsert'>;
  /** The id of the run's nth batch. */
  readonly batchId: (n: number) => string;
  readonly report: (progress: SourceProgress) => void;
  /** Whether a table that is refused is held back; a run of an earlier version failed. */
  readonly holdsBack: () => boolean;
}

/** The maximum number of further extracts, each without a table which the one before could not land. */
const maxExtra = 20;

/**
 * Lands the changes of `source`: extract, load raw, upsert; nothing more when extract finds the source unchanged. Large tables
 * that have not landed yet are copied with them instead, as long as the warehouse takes all of their rows. Extracts once more with
 * keys when row counts do not reconcile, with all keys when those of ranges are not enough, and again from the position after a
 * failure that another extract can cure. When a table is refused, it is held back, and the others are extracted and land without
 * it.
 */
export async function landChanges(source: string, landing: Landing): Promise<Landed> {
  const { activities, batchId } = landing;
  let keysOf: readonly string[] = [];
  let allKeysOf: readonly string[] = [];
  let heldBack: readonly HeldBack[] = [];
  let leavesFirstLoad = true;
  let extra = 0;
  for (let n = 1; ; n++) {
    let tableCount: number | undefined;
    const report: Report = (phase, rows) => landing.report({ phase, rows, ...(n > 1 && { pass: n }) });
    try {
      report('extracting', 0);
      const input = {
        ...{ source, batchId: batchId(n), keysOf },
        ...(allKeysOf.length > 0 && { allKeysOf }),
        ...(heldBack.length > 0 && { heldBack }),
      };
      const extracted = await activities.extract({ ...input, leavesFirstLoad });
      if ('status' in extracted && extracted.status === 'landed') return extracted;
      tableCount = extracted.tableCount;
      const landed = await ('status' in extracted
        ? copy(input, activities, report)
        : land(extracted, activities, report));
      if (landed.status === 'landed') return landed;
      if (landed.status === 'not copied') {
        leavesFirstLoad = false;
        extra++;
        continue;
      }
      keysOf = [...new Set([...keysOf, ...landed.tables])];
      allKeysOf = [...new Set([...allKeysOf, ...(landed.comparedInRanges ?? [])])];
    } catch (error) {
      const refused = refusedTables(error, heldBack);
      const others = tableCount === undefined || tableCount > refused.length;
      if (refused.length > 0 && others && extra < maxExtra && landing.holdsBack()) {
        heldBack = [...heldBack, ...refused];
        extra++;
        continue;
      }
      if (n - extra === maxExtracts || !helpsToExtractAgain(error)) throw error;
    }
    if (n - extra === maxExtracts) throw unreconciled(source, keysOf);
  }
}

type Report = (phase: SourceProgress['phase'], rows: number) => void;

async function copy(input: FirstLoadInput, activities: Landing['activities'], report: Report) {
  report('copying', 0);
  return activities.firstLoad(input);
}

async function land(batch: Batch, activities: Landing['activities'], report: Report) {
  report('loading raw', batch.rowCount);
  await activities.loadRaw(batch);
  report('upserting', batch.rowCount);
  return activities.upsert(batch);
}

/** The tables that a failure is about, if it is about the contents of tables alone and none of them is held back yet. */
function refusedTables(error: unknown, heldBack: readonly HeldBack[]): HeldBack[] {
  const { type, details } = unwrapFailure(error);
  const causes = details?.causes ?? [];
  const refused = causes.flatMap((cause) =>
    cause.table === undefined ? [] : [{ ...cause, table: cause.table }],
  );
  const all = type === failureTypes.cannotLand && refused.length === causes.length;
  return all && !refused.some(({ table }) => heldBack.some((held) => held.table === table)) ? refused : [];
}

/** Another extract cures lost staged files, lost raw rows and a moved position. */
function helpsToExtractAgain(error: unknown): boolean {
  const { type } = unwrapFailure(error);
  return type === failureTypes.batchLost || type === failureTypes.positionMoved;
}

function unreconciled(source: string, tables: readonly string[]) {
  const problem = `after ${maxExtracts} extracts the row counts of ${tables.join(', ')} still do not reconcile`;
  const advice = 'Nothing was landed; the next run tries again.';
  return createFailure(failureTypes.unreconciled, { source, causes: [{ problem, advice }] }, { final: true });
}
