import type { Activities } from '../activities/index.ts';
import type { Batch, HeldBack, Landed } from '../model/batch.ts';
import { createFailure, failureTypes } from '../model/failure.ts';
import type { SourceProgress } from '../model/runs.ts';
import { unwrapFailure } from '../model/unwrap-failure.ts';

/** The maximum number of extracts in one run: one, one more with keys, and two to replace what a crash has lost. */
const maxExtracts = 4;

/** What landing needs from its workflow: the activities, ids for its batches, and a function to report progress. */
export interface LandingSteps {
  readonly activities: Pick<Activities, 'extract' | 'loadRaw' | 'upsert'>;
  /** The id of the run's nth batch. */
  readonly batchId: (n: number) => string;
  readonly report: (phase: SourceProgress['phase'], rows: number) => void;
  /** Whether a table that is refused is held back; a run of an earlier version failed. */
  readonly holdsBack: () => boolean;
}

/** The maximum number of extracts that leave out a table which the one before could not land. */
const maxRefusals = 20;

/**
 * Lands the changes of `source`: extract, load raw, upsert; nothing more when extract finds the source unchanged; once more
 * with keys when row counts do not reconcile, and again from the position after a failure that another extract can cure.
 * When a table is refused, it is held back, and the others are extracted and land without it.
 */
export async function landChanges(source: string, landing: LandingSteps): Promise<Landed> {
  const { activities, batchId, report } = landing;
  let keysOf: readonly string[] = [];
  let heldBack: readonly HeldBack[] = [];
  let refusals = 0;
  for (let n = 1; ; n++) {
    let batch: Batch | undefined;
    try {
      report('extracting', 0);
      const extracted = await activities.extract({
        source,
        batchId: batchId(n),
        keysOf,
        ...(heldBack.length > 0 && { heldBack }),
      });
      if ('status' in extracted) return extracted;
      batch = extracted;
      const landed = await land(batch, landing);
      if (landed.status === 'landed') return landed;
      keysOf = [...new Set([...keysOf, ...landed.tables])];
    } catch (error) {
      const refused = refusedTables(error, heldBack);
      const others = batch === undefined || batch.tableCount > refused.length;
      if (refused.length > 0 && others && refusals < maxRefusals && landing.holdsBack()) {
        heldBack = [...heldBack, ...refused];
        refusals++;
        continue;
      }
      if (n - refusals === maxExtracts || !helpsToExtractAgain(error)) throw error;
    }
    if (n - refusals === maxExtracts) throw unreconciled(source, keysOf);
  }
}

async function land(batch: Batch, { activities, report }: LandingSteps) {
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
