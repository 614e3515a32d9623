import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import type { HeldBack } from '../../model/batch.ts';
import type { Config } from '../../model/config.ts';
import type { Position } from '../../model/position.ts';
import { isUntouched } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import type { Attempt } from '../activity.ts';
import { packageVersion } from '../package-root.ts';
import { pipelined } from '../postgres/pipeline.ts';
import { comparedWith, readClock } from './source/clock.ts';
import { refuseAllHeldBack, without } from './source/held-back.ts';
import { untilFlushed } from './source/flushed.ts';
import { changeOfIdentity, refuseAnotherServer, refuseRenamed } from './source/identity.ts';
import { takeSnapshot, underSnapshot } from './source/snapshot.ts';
import { surveyRequest } from './source/survey-request.ts';
import type { Survey, SurveyRequest } from './source/survey.ts';
import { survey } from './source/survey.ts';
import { readShared } from './warehouse/column-names.ts';
import { orphanOf } from './warehouse/orphans.ts';
import { readPosition } from './warehouse/position.ts';
import { hasSessionAnalytics } from './warehouse/session-analytics.ts';

/** A source in which nothing can have changed, and for which state of the server and the config that holds. */
type UntouchedSource = SourceSnapshot & Required<Pick<Position, 'unchangedWhile'>>;

/** A source, and what the warehouse and the config say of it before it is read. */
export interface SourceToRead {
  readonly source: string;
  readonly position: Position;
  /** Whether the warehouse has the session analytics. */
  readonly analytics: boolean;
  /** The salt of masked values; undefined when the config has none. */
  readonly salt: string | undefined;
  /** Looks up the tables to read, in the current transaction of a connection to the source. */
  readonly lookUp: (client: Client) => Promise<Survey>;
  /** Distinguishes what the config asks of the source, and how it is looked up, from anything else. */
  readonly asked: string;
  /** The snapshot, with how far the source's clock was ahead of the warehouse's. */
  readonly timed: (now: SourceSnapshot) => SourceSnapshot;
}

/** Runs a query with a connection to the warehouse. */
type OnWarehouse = <T>(query: (client: Client) => Promise<T>) => Promise<T>;

/**
 * Asks the warehouse how far `source` has been read. `heldBack` are the tables that are not to be read. `onWarehouse` runs a
 * query there: on a connection of the pool, unless the caller has one with a snapshot.
 */
export async function sourceToRead(
  attempt: Attempt,
  source: string,
  heldBack: readonly HeldBack[] = [],
  onWarehouse: OnWarehouse = (query) => attempt.onWarehouse(source, query),
): Promise<SourceToRead> {
  const { config } = attempt;
  const [position, analytics, clock] = await onWarehouse((client) =>
    pipelined(client, () => [readPosition(client, source), hasSessionAnalytics(client), readClock(client)]),
  );
  const salt = config.maskSalt && (await attempt.reveal(config.maskSalt));
  const request = surveyRequest(config, source, position, salt, (renamed) =>
    onWarehouse((client) => readShared(client, source, renamed)),
  );
  return {
    ...{ source, position, analytics, salt, asked: digestOf(config, request) },
    lookUp: async (client) => without(await survey(client, request), heldBack),
    timed: (now) => comparedWith(clock, now),
  };
}

function digestOf({ newTables, analytics }: Config, { rules, saltId }: SurveyRequest): string {
  const asked = JSON.stringify([rules, saltId, newTables, analytics, packageVersion]);
  return createHash('sha256').update(asked).digest('hex');
}

/**
 * The source as it is now, if nothing can have changed there since its position, nor in what the config asks of it: found with one
 * query, in a transaction of its own. Undefined when its tables have to be looked up.
 */
export async function readUntouched(
  { timeouts }: Attempt,
  { source, position, asked, timed }: SourceToRead,
  client: Client,
): Promise<UntouchedSource | undefined> {
  if (position.unchangedWhile === undefined) return undefined;
  const { now: untimed, log } = await takeSnapshot(client, timeouts);
  const now = timed(untimed);
  const unchangedWhile = stateOf(asked, now);
  if (changeOfIdentity(position, now) !== undefined) return undefined;
  if (!isUntouched(position, now, unchangedWhile)) return undefined;
  await untilFlushed(client, source, log);
  return { ...now, unchangedWhile };
}

/** The state of the server and the config, as the position remembers it. */
export function stateOf(asked: string, { state }: SourceSnapshot): string {
  return `${state} ${asked}`;
}

/**
 * Runs `read` under one snapshot of the source; see `underSnapshot`. Throws when it is another server than the one that was
 * read before, when it was renamed in the config, and when there is nothing to read because all tables are held back.
 */
export function readUnderSnapshot<T>(
  attempt: Attempt,
  { source, position, lookUp, timed }: SourceToRead,
  client: Client,
  read: (now: SourceSnapshot, found: Survey) => Promise<T>,
): Promise<T> {
  const request = { source, survey: () => lookUp(client), timeouts: attempt.timeouts };
  return underSnapshot(client, request, async (untimed, found) => {
    const now = timed(untimed);
    refuseAnotherServer(source, position, now);
    if (position.batchId === null) refuseRenamed(source, await findOrphan(attempt, source, now));
    refuseAllHeldBack(source, found);
    return read(now, found);
  });
}

function findOrphan(attempt: Attempt, source: string, { identity }: SourceSnapshot) {
  const configured = Object.keys(attempt.config.sources);
  return attempt.onWarehouse(source, (client) => orphanOf(client, configured, identity));
}
