import { createFailure, failureTypes } from '../../../model/failure.ts';
import type { Position } from '../../../model/position.ts';
import type { SourceSnapshot } from '../../../model/snapshot.ts';

/**
 * Throws a final failure when the source is not the server or the database of the position, or was set back in time:
 * continuing from the position would lose rows silently. On a new timeline it is read whole, whatever its transactions.
 */
export function refuseAnotherServer(
  source: string,
  position: Position,
  { snapshot, identity }: SourceSnapshot,
): void {
  const known = position.identity;
  if (!known || !position.snapshot) return;
  const problem =
    known.system !== identity.system
      ? `it is not the server read before (system identifier ${identity.system} instead of ${known.system})`
      : known.database !== identity.database
        ? `it is not the database read before (${identity.database} instead of ${known.database})`
        : known.timeline === identity.timeline && BigInt(snapshot.xmin) < BigInt(position.snapshot.xmin)
          ? `it was set back in time (transaction ${snapshot.xmin} is older than ${position.snapshot.xmin})`
          : undefined;
  if (problem === undefined) return;
  const advice =
    'This happens after a restore, or with a wrong URL. Nothing was read. If it is the right server, run the statement below in the warehouse: the next sync then reads the whole source and makes both equal.';
  const sql = `delete from ops.source where source = '${source.replaceAll("'", "''")}'`;
  throw createFailure(
    failureTypes.cannotRead,
    { source, causes: [{ problem, advice, sql }] },
    { final: true },
  );
}
