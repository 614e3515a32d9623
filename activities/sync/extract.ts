import type { Client } from 'pg';
import type {
  Batch,
  BatchReference,
  HeldBack,
  Landed,
  LargeSource,
  Manifest,
  TableBatch,
  TableOutcome,
  TableShape,
} from '../../model/batch.ts';
import { strategyOf } from '../../model/batch.ts';
import { problemsOf, reportHeldBack } from '../../model/held-back.ts';
import type { Position } from '../../model/position.ts';
import { bringsNothing, isIdle, isNew, isSettled } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';
import { recordLanding } from '../metrics.ts';
import type { Reader } from './read-tables.ts';
import { readTables } from './read-tables.ts';
import { setSalt } from './source/salt.ts';
import { refuseChanged } from './source/snapshot.ts';
import { measureTables } from './source/measure-tables.ts';
import type { Survey } from './source/survey.ts';
import type { SurveyedTable } from './source/surveyed-table.ts';
import { attemptId } from './attempt-id.ts';
import type { SourceToRead } from './source-to-read.ts';
import { readUnderSnapshot, readUntouched, sourceToRead, stateOf } from './source-to-read.ts';
import type { BatchFolder } from './staging/folder.ts';
import { batchFolder, makeBatchFolder, removeBatchFolder } from './staging/folder.ts';
import { writeManifest } from './staging/manifest.ts';
import type { SourceMove } from './warehouse/move-position.ts';
import { moveIdleSource } from './warehouse/move-position.ts';

export interface ExtractInput {
  readonly source: string;
  /** The batch's id. A later attempt adds its number, so an earlier one that wakes up late writes elsewhere. */
  readonly batchId: string;
  /** The tables whose keys are needed, because their row counts did not reconcile without them. */
  readonly keysOf: readonly string[];
  /** Those of them whose row counts did not reconcile with the keys of ranges either. */
  readonly allKeysOf?: readonly string[];
  /** The tables that could not land earlier in this run. */
  readonly heldBack?: readonly HeldBack[];
  /** Whether a source with large tables that have not landed yet is left to `firstLoad`. */
  readonly leavesFirstLoad?: boolean;
}

/** From this size on, tables that have not landed yet are copied by `firstLoad` instead of being staged whole. */
const firstLoadBytes = 32 * 2 ** 20;

export interface ExtractOptions {
  readonly onStaged?: OnStaged | undefined;
  /** The size from which new tables are left to `firstLoad`; for tests. */
  readonly firstLoadFromBytes?: number | undefined;
  /** The number of rows from which keys are compared in ranges; for tests. */
  readonly rangesFromRows?: number | undefined;
}

/** Called when everything is staged, with the extract's connection, still under its snapshot; for tests and checks. */
export type OnStaged = (client: Client, manifest: Manifest) => Promise<void>;

/**
 * source → staging. Reads every table of a source under one snapshot: the rows changed since the position as CSV files, the
 * row count, and keys where deletes are likely or the keys are requested: of a large table, those of the ranges in which it
 * differs from clean. When nothing has changed, it moves complete_through, and returns that as the landing; when nothing can have
 * changed, it reads nothing before. When the source is to be left to `firstLoad`, it returns only its size. Misses no insert,
 * update or delete, with the SELECT privilege alone.
 */
export function createExtract(environment: Environment, options: ExtractOptions = {}) {
  return defineActivity<ExtractInput, Batch | LargeSource | Landed>(environment, (attempt, input) =>
    extract(attempt, input, options),
  );
}

async function extract(
  attempt: Attempt,
  input: ExtractInput,
  { onStaged, firstLoadFromBytes = firstLoadBytes, rangesFromRows }: ExtractOptions,
): Promise<Batch | LargeSource | Landed> {
  const { source } = input;
  const toRead = await sourceToRead(attempt, source, input.heldBack);
  const { position, analytics } = toRead;
  const reference: BatchReference = { source, id: attemptId(input.batchId), after: position.batchId };
  const folder = batchFolder(attempt.config.staging, source, reference.id);
  const extracted = await attempt
    .onSource(source, async (client) => {
      const usual = input.keysOf.length === 0 && input.heldBack === undefined;
      const untouched = usual && (await readUntouched(attempt, toRead, client));
      if (untouched) return { ...reference, ...untouched, heldBack: [] };
      const { keysOf, allKeysOf } = input;
      const keys = { keysOf, allKeysOf, rangesFromRows };
      const reader = { ...toRead, ...keys, client, folder, attempt, reference, onStaged };
      return readUnderSnapshot(attempt, toRead, client, async (now, found) => {
        const added = [...found.tables].filter(([table]) => isNew(position, table));
        const leaves = input.leavesFirstLoad && (added.length > 0 || position.batchId === null);
        const bytes = leaves ? await measureTables(client, new Map(added)) : 0;
        return leaves && bytes >= firstLoadFromBytes
          ? largeSource(found, bytes)
          : stageChanges(reader, now, found);
      });
    })
    .catch(removing(folder));
  if (!('snapshot' in extracted)) return extracted;
  const landed = await attempt.onWarehouse(source, (client) =>
    moveOn(client, position, extracted, analytics),
  );
  return recordLanding(source, landed);
}

function largeSource({ tables }: Survey, bytes: number): LargeSource {
  return { status: 'large', tableCount: tables.size, bytes };
}

/** A source to read, and where its batch goes. */
interface SourceReader extends Reader, SourceToRead {
  readonly reference: BatchReference;
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
  const { tables: surveyed, heldBack } = found;
  const unchangedWhile = stateOf(reader.asked, now);
  const state = [position, now, shapesOf(surveyed), problemsOf(heldBack)] as const;
  const idle = { ...reference, ...now, heldBack, unchangedWhile };
  if (isIdle(...state)) return idle;
  await makeBatchFolder(attempt.config.staging, folder);
  if (salt !== undefined) await setSalt(client, salt);
  const tables = await readTables(reader, now, surveyed);
  refuseChanged(found, await reader.lookUp(client));
  // Others have written on this server, and nothing that is read here.
  if (isSettled(...state) && bringsNothing(position, tables)) {
    await removeBatchFolder(folder);
    return idle;
  }
  const manifest: Manifest = { ...reference, ...now, tables, heldBack, unchangedWhile };
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
