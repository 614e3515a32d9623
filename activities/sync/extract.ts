import { rm } from 'node:fs/promises';
import { join } from 'node:path';
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
import type { Position, ReadPlan } from '../../model/position.ts';
import { isIdle, planRead } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import type { Attempt, Environment } from '../activity.ts';
import { attemptNumber, defineActivity } from '../activity.ts';
import { recordLanding } from '../metrics.ts';
import { namingTable } from '../postgres/errors.ts';
import { copyOut, countRows, countSwept, keysStatement, proveKey, rowsStatement } from './source/copy-out.ts';
import { setSalt } from './source/salt.ts';
import { problemsOf, refuseAllHeldBack, reportHeldBack, without } from './source/held-back.ts';
import { refuseAnotherServer, refuseRenamed } from './source/identity.ts';
import { refuseChanged, underSnapshot } from './source/snapshot.ts';
import { survey } from './source/survey.ts';
import type { SurveyedTable } from './source/survey.ts';
import { surveyRequest } from './source/survey-request.ts';
import type { BatchFolder } from './staging/folder.ts';
import { batchFolder, fileName, makeBatchFolder, removeBatchFolder } from './staging/folder.ts';
import { writeManifest } from './staging/manifest.ts';
import { orphanOf } from './warehouse/orphans.ts';
import type { SourceMove } from './warehouse/position.ts';
import { moveIdleSource, readPosition } from './warehouse/position.ts';

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
 * source → staging. Reads every table of a source under one snapshot: the rows changed since the position as CSV files,
 * the row count, and all keys where deletes are likely or the keys are requested. When nothing can have changed, it reads
 * nothing, moves complete_through, and returns that as the landing. Misses no insert, update or delete, with the SELECT privilege alone.
 */
export function createExtract(environment: Environment, onStaged?: OnStaged) {
  return defineActivity<ExtractInput, Batch | Landed>(environment, (attempt, input) =>
    extract(attempt, input, onStaged),
  );
}

async function extract(attempt: Attempt, input: ExtractInput, onStaged?: OnStaged): Promise<Batch | Landed> {
  const { source, keysOf } = input;
  const { config } = attempt;
  const position = await attempt.onWarehouse(source, (client) => readPosition(client, source));
  const reference: BatchReference = { source, id: attemptId(input), after: position.batchId };
  const salt = config.maskSalt && (await attempt.reveal(config.maskSalt));
  const request = surveyRequest(config, source, position, salt);
  const folder = batchFolder(config.staging, source, reference.id);
  const reading = attempt.onSource(source, (client) => {
    const lookUp = async () => without(await survey(client, request), input.heldBack ?? []);
    const toRead = { source, survey: lookUp, timeouts: attempt.timeouts };
    return underSnapshot(client, toRead, async (now, found) => {
      refuseAnotherServer(source, position, now);
      if (position.batchId === null) refuseRenamed(source, await findOrphan(attempt, source, now));
      refuseAllHeldBack(source, found);
      const { tables: surveyed, heldBack } = found;
      if (isIdle(position, now, shapesOf(surveyed), problemsOf(heldBack)))
        return { ...reference, ...now, heldBack };
      await makeBatchFolder(config.staging, folder);
      const plans = planReads(position, now, surveyed, keysOf);
      if (salt !== undefined) await setSalt(client, salt);
      const read = await readTables({ client, folder, attempt, position }, surveyed, plans);
      refuseChanged(found, await lookUp());
      const manifest: Manifest = { ...reference, ...now, tables: read, heldBack };
      const manifestSha256 = await writeManifest(folder, manifest);
      await onStaged?.(client, manifest);
      return { ...reference, manifestSha256, tableCount: surveyed.size, ...totals(read) };
    });
  });
  const extracted = await reading.catch(async (error: unknown) => {
    // A full disk stays full as long as each attempt leaves what it wrote.
    await removeBatchFolder(folder).catch(() => undefined);
    throw error;
  });
  if (!('snapshot' in extracted)) return extracted;
  const landed = await attempt.onWarehouse(source, (client) => moveOn(client, position, extracted));
  recordLanding(source, landed);
  return landed;
}

/** Nothing has changed at the source: only complete_through moves. */
async function moveOn(
  client: Client,
  { tables }: Position,
  to: SourceMove & { readonly heldBack: readonly HeldBack[] },
): Promise<Landed> {
  const { notes } = await moveIdleSource(client, to);
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

function planReads(
  position: Position,
  now: SourceSnapshot,
  surveyed: ReadonlyMap<string, SurveyedTable>,
  keysOf: readonly string[],
): ReadonlyMap<string, ReadPlan> {
  return new Map(
    [...surveyed].map(([table, { shape }]) => [
      table,
      planRead(position, now, table, shape, keysOf.includes(table)),
    ]),
  );
}

interface Reader {
  readonly client: Client;
  readonly folder: BatchFolder;
  readonly attempt: Attempt;
  readonly position: Position;
}

async function readTables(
  reader: Reader,
  surveyed: ReadonlyMap<string, SurveyedTable>,
  plans: ReadonlyMap<string, ReadPlan>,
): Promise<TableBatch[]> {
  const read: TableBatch[] = [];
  for (const [table, found] of surveyed) {
    const readAs = strategyOf(found.shape) === 'copy' ? copyTable : sweepTable;
    read.push(await readAs(reader, table, found, plans.get(table)!).catch(namingTable(table)));
  }
  return read;
}

/** Reads a table whole unless its count and the xmin of its rows show that it is as it landed. */
async function copyTable(
  { client, folder, attempt: { signal, report }, position }: Reader,
  table: string,
  found: SurveyedTable,
  { sinceXmin }: ReadPlan,
): Promise<TableBatch> {
  const { shape } = found;
  if (sinceXmin !== undefined) {
    const { count, swept } = await countSwept(client, found, sinceXmin);
    if (swept === 0 && count === position.tables.get(table)?.rows)
      return { table, shape, count, whole: false };
  }
  const file = `${fileName(table)}.csv`;
  const changes = await copyOut(
    client,
    rowsStatement(found, undefined),
    folder,
    file,
    (bytes) => report({ table, bytes }),
    signal,
  );
  // A view need not have as many rows when it is read again.
  const count = changes.rowCount;
  if (count === 0) await rm(join(folder.path, changes.name));
  return { table, shape, count, whole: true, ...(count > 0 && { changes }) };
}

async function sweepTable(
  { client, folder, attempt: { signal, report } }: Reader,
  table: string,
  found: SurveyedTable,
  plan: ReadPlan,
): Promise<TableBatch> {
  const stage = (select: string, file: string) =>
    copyOut(client, select, folder, file, (bytes) => report({ table, bytes }), signal);
  const changes = await stage(rowsStatement(found, plan.sinceXmin), `${fileName(table)}.csv`);
  if (changes.rowCount === 0) await rm(join(folder.path, changes.name));
  else if (found.toProve.length > 0) await proveKey(client, folder.source, table, found);
  const keys = plan.keys ? await stage(keysStatement(found), `${fileName(table)}.keys.csv`) : undefined;
  return {
    table,
    shape: found.shape,
    count: await countRows(client, found),
    whole: plan.sinceXmin === undefined,
    ...(found.maxDeletes !== undefined && { maxDeletes: found.maxDeletes }),
    ...(changes.rowCount > 0 && { changes }),
    ...(keys && { keys }),
  };
}

function totals(tables: readonly TableBatch[]): { rowCount: number; bytes: number } {
  const files = tables.flatMap(({ changes, keys }) => [changes, keys].filter((file) => file !== undefined));
  return {
    rowCount: tables.reduce((sum, { changes }) => sum + (changes?.rowCount ?? 0), 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}
