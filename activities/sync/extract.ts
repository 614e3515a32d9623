import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { Batch, Manifest, TableBatch, TableShape } from '../../model/batch.ts';
import { tablesOf } from '../../model/config.ts';
import type { Position, ReadPlan } from '../../model/position.ts';
import { isIdle, planRead } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import type { Attempt, Environment } from '../activity.ts';
import { attemptNumber, defineActivity } from '../activity.ts';
import { namingTable } from '../postgres/errors.ts';
import { copyOut, countRows, keysStatement, rowsStatement } from './source/copy-out.ts';
import { refuseAnotherServer } from './source/identity.ts';
import { refuseNewPartitions, underSnapshot } from './source/snapshot.ts';
import { survey } from './source/survey.ts';
import type { SurveyedTable } from './source/survey.ts';
import type { BatchFolder } from './staging/folder.ts';
import { makeBatchFolder } from './staging/folder.ts';
import { writeManifest } from './staging/manifest.ts';
import { readPosition } from './warehouse/position.ts';

export interface ExtractInput {
  readonly source: string;
  /** The batch's id. A later attempt adds its number, so an earlier one that wakes up late writes elsewhere. */
  readonly batchId: string;
  /** The tables whose keys are needed, because their row counts did not reconcile without them. */
  readonly keysOf: readonly string[];
}

/** Called when everything is staged, with the extract's connection, still under its snapshot; for tests and checks. */
export type OnStaged = (client: Client, manifest: Manifest) => Promise<void>;

/**
 * source → staging. Reads every table of a source under one snapshot: the rows changed since the position as CSV files,
 * the row count, and all keys where deletes are likely or the keys are requested. Reads nothing when nothing can have
 * changed. Misses no insert, update or delete, with the SELECT privilege alone.
 */
export function createExtract(environment: Environment, onStaged?: OnStaged) {
  return defineActivity<ExtractInput, Batch>(environment, (attempt, input) =>
    extract(attempt, input, onStaged),
  );
}

async function extract(attempt: Attempt, input: ExtractInput, onStaged?: OnStaged): Promise<Batch> {
  const { source, keysOf } = input;
  const { config } = attempt;
  const tables = tablesOf(config, source);
  const position = await attempt.onWarehouse(source, (client) => readPosition(client, source));
  const folder = await makeBatchFolder(config.staging, source, attemptId(input));
  return attempt.onSource(source, (client) =>
    underSnapshot(client, { source, tables, timeouts: attempt.timeouts }, async (now) => {
      refuseAnotherServer(source, position, now);
      const surveyed = await survey(client, source, tables);
      const idle = isIdle(position, now, shapesOf(surveyed));
      const reader = { client, folder, attempt };
      const read = idle ? [] : await readTables(reader, surveyed, planReads(position, now, surveyed, keysOf));
      if (!idle) refuseNewPartitions(surveyed, await survey(client, source, tables));
      const manifest: Manifest = {
        source,
        id: folder.batchId,
        after: position.batchId,
        ...now,
        tables: read,
      };
      const manifestSha256 = await writeManifest(folder, manifest);
      await onStaged?.(client, manifest);
      return {
        source,
        id: manifest.id,
        after: manifest.after,
        idle,
        manifestSha256,
        tableCount: surveyed.size,
        ...totals(read),
      };
    }),
  );
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
}

async function readTables(
  reader: Reader,
  surveyed: ReadonlyMap<string, SurveyedTable>,
  plans: ReadonlyMap<string, ReadPlan>,
): Promise<TableBatch[]> {
  const read: TableBatch[] = [];
  for (const [table, found] of surveyed)
    read.push(await readTable(reader, table, found, plans.get(table)!).catch(namingTable(table)));
  return read;
}

async function readTable(
  { client, folder, attempt: { signal, report } }: Reader,
  table: string,
  found: SurveyedTable,
  plan: ReadPlan,
): Promise<TableBatch> {
  const stage = (select: string, file: string) =>
    copyOut(client, select, folder, file, (bytes) => report({ table, bytes }), signal);
  const changes = await stage(rowsStatement(table, found, plan.sinceXmin), `${table}.csv`);
  if (changes.rowCount === 0) await rm(join(folder.path, changes.name));
  const keys = plan.keys ? await stage(keysStatement(table, found), `${table}.keys.csv`) : undefined;
  return {
    table,
    shape: found.shape,
    count: await countRows(client, table),
    whole: plan.sinceXmin === undefined,
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
