import { createFailure, failureTypes } from '../../../model/failure.ts';
import type { Position } from '../../../model/position.ts';
import type { Identity, SourceSnapshot } from '../../../model/snapshot.ts';

/**
 * What shows that the source is not the server or the database of the position, or was set back in time; undefined when
 * nothing does. On a new timeline it is read whole, whatever its transactions.
 */
export function changeOfIdentity(
  { identity: known, snapshot: last }: Pick<Position, 'identity' | 'snapshot'>,
  { snapshot, identity, standby }: SourceSnapshot,
): string | undefined {
  if (!known || !last) return undefined;
  if (known.system !== identity.system)
    return `it is not the server read before (system identifier ${identity.system} instead of ${known.system})`;
  if (known.database !== identity.database)
    return `it is not the database read before (${identity.database} instead of ${known.database})`;
  if (!standby && known.timeline === identity.timeline && BigInt(snapshot.xmin) < BigInt(last.xmin))
    return `it was set back in time (transaction ${snapshot.xmin} is older than ${last.xmin})`;
  return undefined;
}

/**
 * Throws a final failure when the source has another identity than the position: continuing from the position would lose
 * rows silently.
 */
export function refuseAnotherServer(source: string, position: Position, now: SourceSnapshot): void {
  refuseLateStandby(source, position, now);
  const problem = changeOfIdentity(position, now);
  if (problem === undefined) return;
  const advice = `This happens after a restore, or with a wrong URL. Nothing was read. If it is the right server, run: tidehouse accept ${source}`;
  throw createFailure(failureTypes.cannotRead, { source, causes: [{ problem, advice }] }, { final: true });
}

/**
 * Throws a temporary failure when the source is a standby that has not replayed yet what has landed, from its primary or
 * from another standby.
 */
function refuseLateStandby(
  source: string,
  { snapshot: last, identity }: Position,
  { snapshot, identity: now, standby }: SourceSnapshot,
): void {
  if (!standby || !last || !identity || !isSame(identity, now)) return;
  if (BigInt(snapshot.xmin) >= BigInt(last.xmin) && BigInt(snapshot.xmax) >= BigInt(last.xmax)) return;
  const problem = `it is a standby that has not replayed yet what has landed (it is at transaction ${snapshot.xmax}, what has landed at ${last.xmax})`;
  const advice = 'Nothing was read; the next run tries again. If this lasts, check its replication.';
  throw createFailure(failureTypes.unavailable, { source, causes: [{ problem, advice }] });
}

/**
 * Throws a final failure when a source lands for the first time, although its server and database have landed as `orphan`,
 * which the config no longer has: every row would be in the warehouse twice.
 */
export function refuseRenamed(source: string, orphan: string | undefined): void {
  if (orphan === undefined) return;
  const problem = `it is the server and the database that landed as ${orphan}, which the config no longer has, so its rows would be in the warehouse twice`;
  const advice = `Nothing was read. If ${orphan} was renamed, run: tidehouse sources rename ${orphan} ${source}\nTo keep the rows of ${orphan} in addition, run: tidehouse sources remove ${orphan} --rows keep`;
  throw createFailure(failureTypes.cannotRead, { source, causes: [{ problem, advice }] }, { final: true });
}

function isSame(a: Identity, b: Identity): boolean {
  return a.system === b.system && a.database === b.database && a.timeline === b.timeline;
}
