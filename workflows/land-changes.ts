import type { Activities } from '../activities/index.ts';
import type { Batch, Landed } from '../model/batch.ts';
import { createFailure, failureTypes } from '../model/failure.ts';
import type { SourceProgress } from '../model/runs.ts';
import { unwrapFailure } from '../model/unwrap-failure.ts';

/** The maximum number of extracts in one run: one, one more with keys, and two to replace what a crash has lost. */
const maxExtracts = 4;

/** What landing needs from its workflow: the activities, ids for its batches, and a function to report progress. */
export interface Landing {
  readonly activities: Pick<Activities, 'extract' | 'loadRaw' | 'upsert'>;
  /** The id of the run's nth batch. */
  readonly batchId: (n: number) => string;
  readonly report: (phase: SourceProgress['phase'], rows: number) => void;
}

/**
 * Lands the changes of `source`: extract, load raw, upsert; nothing more when extract finds the source unchanged; once more with keys when row counts do not reconcile, and
 * again from the position after a failure that another extract can cure.
 */
export async function landChanges(source: string, landing: Landing): Promise<Landed> {
  const { activities, batchId, report } = landing;
  let keysOf: readonly string[] = [];
  for (let n = 1; ; n++) {
    try {
      report('extracting', 0);
      const extracted = await activities.extract({ source, batchId: batchId(n), keysOf });
      const landed = 'status' in extracted ? extracted : await land(extracted, landing);
      if (landed.status === 'landed') return landed;
      keysOf = [...new Set([...keysOf, ...landed.tables])];
    } catch (error) {
      if (n === maxExtracts || !helpsToExtractAgain(error)) throw error;
    }
    if (n === maxExtracts) throw unreconciled(source, keysOf);
  }
}

async function land(batch: Batch, { activities, report }: Landing) {
  report('loading raw', batch.rowCount);
  await activities.loadRaw(batch);
  report('upserting', batch.rowCount);
  return activities.upsert(batch);
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
