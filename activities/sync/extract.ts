import type { Client } from 'pg';
import type {
  Batch,
  BatchReference,
  HeldBack,
  Landed,
  Manifest,
  TableBatch,
  TableOutcome,
  TableShape,
} from '../../model/batch.ts';
import { strategyOf } from '../../model/batch.ts';
import type { Position } from '../../model/position.ts';
import { isIdle } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import type { Attempt, Environment } from '../activity.ts';
import { attemptNumber, defineActivity } from '../activity.ts';
import { recordLanding } from '../metrics.ts';
import { pipelined } from '../postgres/pipeline.ts';
import { comparedWith, readClock } from './source/clock.ts';
import { setSalt } from './source/salt.ts';
import { problemsOf, refuseAllHeldBack, reportHeldBack, without } from './source/held-back.ts';
import { refuseAnotherServer, refuseRenamed } from './source/identity.ts';
import type { Reader } from './source/read-tables.ts';
import { readTables } from './source/read-tables.ts';
import { refuseChanged, underSnapshot } from './source/snapshot.ts';
import { survey } from './source/survey.ts';
import type { Survey, SurveyedTable } from './source/survey.ts';
import { surveyRequest } from './source/survey-request.ts';
import type { BatchFolder } from './staging/folder.ts';
import { batchFolder, makeBatchFolder, removeBatchFolder } from './staging/folder.ts';
import { writeManifest } from './staging/manifest.ts';
import { readShared } from './warehouse/column-names.ts';
import { orphanOf } from './warehouse/orphans.ts';
import type { SourceMove } from './warehouse/position.ts';
import { moveIdleSource, readPosition } from './warehouse/position.ts';
import { hasSessionAnalytics } from './warehouse/session-analytics.ts';

export interface ExtractInput {
  readonly source: string;
  /** The batch's id. A later attempt adds its number, so an earlier one that wakes up late writes elsewhere. */
  readonly batchId: string;
  /** The tables whose keys are needed, because their row counts did not reconcile without them. */
  readonly keysOf: readonly string[];
  /** The tables that could not land earlier in this run. */
  readonly heldBack?: readonly HeldBack[];
}

/** Called when everything is staged, with the extract's connection, still under its snapshot; for tests and checks. */
export type OnStaged = (client: Client, manifest: Manifest) => Promise<void>;

/**
 * source → staging. Reads every table of a source under one snapshot: the rows changed since the position as CSV files, the
 * row count, and all keys where deletes are likely or the keys are requested. When nothing can have changed, it reads
 * nothing, moves complete_through, and returns that as the landing. Misses no insert, update or delete, with the SELECT
 * privilege alone.
 */
export function createExtract(environment: Environment, onStaged?: OnStaged) {
  return defineActivity<ExtractInput, Batch | Landed>(environment, (attempt, input) =>
    extract(attempt, input, onStaged),
  );
}

async function extract(attempt: Attempt, input: ExtractInput, onStaged?: OnStaged): Promise<Batch | Landed> {
  const { source } = input;
  const { config, timeouts } = attempt;
  const [position, analytics, clock] = await attempt.onWarehouse(source, (client) =>
    pipelined(client, () => [readPosition(client, source), hasSessionAnalytics(client), readClock(client)]),
  );
  const reference: BatchReference = { source, id: attemptId(input), after: position.batchId };
  const salt = config.maskSalt && (await attempt.reveal(config.maskSalt));
  const request = surveyRequest(config, source, position, salt, (renamed) =>
    attempt.onWarehouse(source, (client) => readShared(client, source, renamed)),
  );
  const folder = batchFolder(config.staging, source, reference.id);
  const extracted = await attempt
    .onSource(source, (client) => {
      const lookUp = async () => without(await survey(client, request), input.heldBack ?? []);
      const reader = {
        client,
        folder,
        attempt,
        position,
        reference,
        keysOf: input.keysOf,
        salt,
        lookUp,
        onStaged,
      };
      const toRead = { source, survey: lookUp, timeouts };
      return underSnapshot(client, toRead, (now, found) =>
        stageChanges(reader, comparedWith(clock, now), found),
      );
    })
    .catch(removing(folder));
  if (!('snapshot' in extracted)) return extracted;
  const landed = await attempt.onWarehouse(source, (client) =>
    moveOn(client, position, extracted, analytics),
  );
  return recordLanding(source, landed);
}

/** A source to read, and what is known of it. */
interface SourceReader extends Reader {
  readonly reference: BatchReference;
  readonly keysOf: readonly string[];
  readonly salt: string | undefined;
  readonly lookUp: () => Promise<Survey>;
  readonly onStaged: OnStaged | undefined;
}

/** A source in which nothing has changed, up to a later snapshot. */
type IdleSource = SourceMove & { readonly heldBack: readonly HeldBack[] };

async function stageChanges(
  reader: SourceReader,
  now: SourceSnapshot,
  found: Survey,
): Promise<Batch | IdleSource> {
  const { client, folder, attempt, position, reference, salt } = reader;
  const { source } = reference;
  refuseAnotherServer(source, position, now);
  if (position.batchId === null) refuseRenamed(source, await findOrphan(attempt, source, now));
  refuseAllHeldBack(source, found);
  const { tables: surveyed, heldBack } = found;
  if (isIdle(position, now, shapesOf(surveyed), problemsOf(heldBack)))
    return { ...reference, ...now, heldBack };
  await makeBatchFolder(attempt.config.staging, folder);
  if (salt !== undefined) await setSalt(client, salt);
  const tables = await readTables(reader, now, surveyed, reader.keysOf);
  refuseChanged(found, await reader.lookUp());
  const manifest: Manifest = { ...reference, ...now, tables, heldBack };
  const manifestSha256 = await writeManifest(folder, manifest);
  await reader.onStaged?.(client, manifest);
  return { ...reference, manifestSha256, tableCount: surveyed.size, ...totals(tables) };
}

/** A handler for `catch` that removes what was staged: a full disk stays full as long as each attempt leaves what it wrote. */
function removing(folder: BatchFolder) {
  return async (error: unknown): Promise<never> => {
    await removeBatchFolder(folder).catch(() => undefined);
    throw error;
  };
}

/** Nothing has changed at the source: only complete_through moves. */
async function moveOn(
  client: Client,
  { tables }: Position,
  to: IdleSource,
  analytics: boolean,
): Promise<Landed> {
  const { notes } = await moveIdleSource(client, to, analytics);
  const outcomes = [...tables]
    .filter(([, { behind }]) => !behind)
    .map(([table, { rows, shape }]): [string, TableOutcome] => [
      table,
      { strategy: strategyOf(shape), extracted: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0, rows },
    ]);
  return {
    ...{ status: 'landed', idle: true, ...(!notes && { analyticsCurrent: true }) },
    completeThrough: to.snapshot.takenAt,
    tables: Object.fromEntries(outcomes),
    ...reportHeldBack(to.heldBack),
  };
}

function findOrphan(attempt: Attempt, source: string, { identity }: SourceSnapshot) {
  const configured = Object.keys(attempt.config.sources);
  return attempt.onWarehouse(source, (client) => orphanOf(client, configured, identity));
}

function attemptId({ batchId }: ExtractInput): string {
  const attempt = attemptNumber();
  return attempt === 1 ? batchId : `${batchId}.${attempt}`;
}

function shapesOf(surveyed: ReadonlyMap<string, SurveyedTable>): ReadonlyMap<string, TableShape> {
  return new Map([...surveyed].map(([table, { shape }]) => [table, shape]));
}

function totals(tables: readonly TableBatch[]): { rowCount: number; bytes: number } {
  const files = tables.flatMap(({ changes, keys }) => [changes, keys].filter((file) => file !== undefined));
  return {
    rowCount: tables.reduce((sum, { changes }) => sum + (changes?.rowCount ?? 0), 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}
