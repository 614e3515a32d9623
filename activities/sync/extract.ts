import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import type { Client } from 'pg';
import type { Batch, Manifest, TableBatch } from '../../model/batch.ts';
import { tablesOf } from '../../model/config.ts';
import type { ConfigReader } from '../../model/config.ts';
import { failureTypes } from '../../model/failure.ts';
import { howToRead } from '../../model/position.ts';
import type { Position } from '../../model/position.ts';
import { canSweep, nothingChanged } from '../../model/snapshot.ts';
import { withConnection } from '../postgres/connection.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { readConfig, sourceEndpoint, warehouseEndpoint } from '../postgres/endpoints.ts';
import { copyOut, countRows, keysStatement, rowsStatement } from './source/copy-out.ts';
import { Disturbed, underSnapshot } from './source/snapshot.ts';
import type { Opened } from './source/snapshot.ts';
import { survey } from './source/survey.ts';
import type { Surveyed } from './source/survey.ts';
import { stagingFailure } from './staging/errors.ts';
import { batchFolder, makeBatchFolder, removeOrphans } from './staging/folder.ts';
import { writeManifest } from './staging/manifest.ts';
import { readPosition } from './warehouse/position.ts';

export interface ExtractInput {
  readonly source: string;
  /** What the batch will be called; a second attempt adds its number, so that a first one that wakes up late writes elsewhere. */
  readonly batchId: string;
  /** Tables whose keys are needed, because the books did not balance without. */
  readonly keysOf: readonly string[];
}

/** Sees what an extract saw, on its connection and under its snapshot, once everything is staged. */
export type OnStaged = (client: Client, manifest: Manifest) => Promise<void>;

/**
 * source → staging. Reads every table of a source under one snapshot: what changed since the position as CSV files,
 * how many rows there are, and all keys where deletes are likely or were asked for. Nothing is read when nothing can
 * have changed. Lossless for every insert, update and delete, with the SELECT privilege alone.
 */
export function createExtract(reader: ConfigReader, timeouts: Timeouts, onStaged?: OnStaged) {
  return (input: ExtractInput): Promise<Batch> =>
    withHeartbeat({ table: '', bytes: 0 }, async (report, signal) => {
      const { source } = input;
      const { attempt } = activityInfo();
      const id = attempt === 1 ? input.batchId : `${input.batchId}.${attempt}`;
      const config = await readConfig(reader);
      const endpoint = await sourceEndpoint(reader, config, source);
      const tables = tablesOf(config, source);
      const position = await withConnection(
        await warehouseEndpoint(reader, config, source),
        timeouts,
        signal,
        (client) => readPosition(client, source),
      );
      const folder = batchFolder(config.staging, source, id);
      const sayStaging = (error: unknown): never => {
        throw stagingFailure(source, folder, error);
      };
      try {
        await removeOrphans(config.staging, source, Date.now());
        await makeBatchFolder(folder);
        return await withConnection(endpoint, timeouts, signal, (client) =>
          underSnapshot(client, source, tables, timeouts, async (opened) => {
            refuseAnotherServer(source, position, opened);
            const surveyed = await survey(client, source, tables);
            const idle = isIdle(position, opened, surveyed);
            const read: TableBatch[] = [];
            if (!idle) {
              for (const [table, found] of surveyed) {
                const reading = planReading(position, opened, table, found, input.keysOf.includes(table));
                const out = (select: string, name: string) =>
                  copyOut(client, select, folder, name, (bytes) => report({ table, bytes }), signal);
                read.push(await readTable(client, folder, table, found, reading, out).catch(naming(table)));
              }
              sameLeavesAsBefore(surveyed, await survey(client, source, tables));
            }
            const manifest: Manifest = { source, id, after: position.batchId, ...opened, tables: read };
            const manifestSha256 = await writeManifest(folder, manifest);
            await onStaged?.(client, manifest);
            return { source, id, idle, manifestSha256, tableCount: surveyed.size, ...totals(read) };
            // Here already: the connection takes every error that is left for one of the source's.
          }).catch(sayStaging),
        );
      } catch (error) {
        return sayStaging(error);
      }
    });
}

/** Attaching a partition waits for no reader, and its rows may be older than our snapshot: then some were read and some not. */
function sameLeavesAsBefore(
  before: ReadonlyMap<string, Surveyed>,
  after: ReadonlyMap<string, Surveyed>,
): void {
  for (const [table, { shape }] of before)
    if (JSON.stringify(after.get(table)?.shape.leaves) !== JSON.stringify(shape.leaves))
      throw new Disturbed(`table "${table}" was given partitions while it was read`);
}

/** Postgres says what it cannot read, and not always where it stands. */
const naming =
  (table: string) =>
  (error: unknown): never => {
    if (isNativeError(error)) error.message = `table "${table}": ${error.message}`;
    throw error;
  };

interface Plan {
  /** Rows since this xmin; all of them when absent. */
  readonly sinceXmin: string | undefined;
  readonly keys: boolean;
}

function planReading(
  position: Position,
  opened: Opened,
  table: string,
  found: Surveyed,
  keysAsked: boolean,
): Plan {
  const last = position.snapshot;
  const sameTimeline = position.identity?.timeline === opened.identity.timeline;
  const sweepable = last !== null && canSweep(last, opened.snapshot);
  const { whole, keys } = howToRead(position.tables[table], found.shape, sameTimeline, sweepable);
  return { sinceXmin: whole ? undefined : last?.xmin, keys: !whole && (keys || keysAsked) };
}

async function readTable(
  client: Client,
  folder: string,
  table: string,
  found: Surveyed,
  plan: Plan,
  out: (select: string, name: string) => ReturnType<typeof copyOut>,
): Promise<TableBatch> {
  const changes = await out(rowsStatement(table, found, plan.sinceXmin), `${table}.csv`);
  if (changes.rowCount === 0) await rm(join(folder, changes.name));
  const keys = plan.keys ? await out(keysStatement(table, found), `${table}.keys.csv`) : undefined;
  const count = await countRows(client, table);
  return {
    table,
    shape: found.shape,
    count,
    whole: plan.sinceXmin === undefined,
    ...(changes.rowCount > 0 && { changes }),
    ...(keys && { keys }),
  };
}

/** Nothing can have changed, and nothing is owed: the tables are those of the position, and each fits and balances. */
function isIdle(position: Position, opened: Opened, surveyed: ReadonlyMap<string, Surveyed>): boolean {
  if (!position.snapshot || !nothingChanged(position.snapshot, opened.snapshot)) return false;
  if (Object.keys(position.tables).length !== surveyed.size) return false;
  return [...surveyed].every(([table, found]) => {
    const { sinceXmin } = planReading(position, opened, table, found, false);
    return sinceXmin !== undefined && position.tables[table]?.difference === 0;
  });
}

/** A position means nothing on another server, or on one that was set back: going on would lose rows silently. */
function refuseAnotherServer(source: string, position: Position, { snapshot, identity }: Opened): void {
  const known = position.identity;
  if (!known || !position.snapshot) return;
  const moved =
    known.system !== identity.system
      ? `is another server than before (system identifier ${identity.system} instead of ${known.system})`
      : known.database !== identity.database
        ? `is another database than before (${identity.database} instead of ${known.database})`
        : BigInt(snapshot.xmin) < BigInt(position.snapshot.xmin)
          ? `was set back in time (transaction ${snapshot.xmin} is before ${position.snapshot.xmin})`
          : undefined;
  if (!moved) return;
  throw ApplicationFailure.create({
    type: failureTypes.cannotRead,
    message:
      `source "${source}" ${moved}, as after a restore or with a wrong URL; nothing was read. If it is the right one, ` +
      `run this in the warehouse, and the next sync reads it whole and makes both equal: delete from ops.source where source = '${source}'.`,
    nonRetryable: true,
  });
}

function totals(tables: readonly TableBatch[]): { rowCount: number; bytes: number } {
  const files = tables.flatMap(({ changes, keys }) => [changes, keys].filter((file) => file !== undefined));
  return {
    rowCount: tables.reduce((sum, { changes }) => sum + (changes?.rowCount ?? 0), 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}
