import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { TableBatch } from '../../model/batch.ts';
import { strategyOf } from '../../model/batch.ts';
import type { KeysToRead, Position, ReadPlan } from '../../model/position.ts';
import { planRead } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import type { Attempt } from '../activity.ts';
import { namingTable } from '../postgres/errors.ts';
import { pipelined } from '../postgres/pipeline.ts';
import type { DifferingRanges } from './differing-ranges.ts';
import { findDifferingRanges } from './differing-ranges.ts';
import type { RowMeter } from './row-meter.ts';
import { csvRows, rowMeter } from './row-meter.ts';
import type { SweptCount } from './source/copy-out.ts';
import { copyOut, countRows, countSwept, keysStatement, proveKey, rowsStatement } from './source/copy-out.ts';
import type { SurveyedTable } from './source/surveyed-table.ts';
import type { BatchFolder } from './staging/folder.ts';
import { fileName } from './staging/folder.ts';

/** Where to read from, from which position, and where to stage it. */
export interface Reader {
  readonly client: Client;
  readonly folder: BatchFolder;
  readonly attempt: Attempt;
  readonly position: Position;
  /** The tables whose keys are requested, and those of them whose keys are all compared. */
  readonly keysOf: readonly string[];
  readonly allKeysOf?: readonly string[] | undefined;
  /** The number of rows from which keys are compared in ranges; for tests. */
  readonly rangesFromRows?: number | undefined;
}

/**
 * Stages what each table needs to land, one after the other, under the current snapshot `now`: its changes since the
 * position, or all rows, with the row count, and the keys where deletes are likely or requested.
 */
export async function readTables(
  reader: Reader,
  now: SourceSnapshot,
  surveyed: ReadonlyMap<string, SurveyedTable>,
): Promise<TableBatch[]> {
  const read: TableBatch[] = [];
  const tables = [...surveyed].map(([table, found]) => ({
    ...{ table, found },
    plan: planRead(reader.position, now, table, found.shape, {
      keys: requestedKeys(reader, table),
      added: found.added,
    }),
  }));
  const counts = await countFirst(reader.client, tables);
  const meter = rowMeter(reader.attempt.report, { of: estimateRows(tables), estimated: true });
  for (const each of tables) {
    const { table, found } = each;
    meter.begin(table);
    const readAs = strategyOf(found.shape) === 'copy' ? copyTable : sweepTable;
    const batch = await readAs({ ...reader, meter }, each, counts.get(table)).catch(namingTable(table));
    read.push(found.renamed.length > 0 ? { ...batch, renamed: found.renamed } : batch);
  }
  return read;
}

function requestedKeys({ keysOf, allKeysOf = [] }: Reader, table: string): KeysToRead {
  if (allKeysOf.includes(table)) return 'all';
  return keysOf.includes(table) ? 'differing' : 'none';
}

interface TableToRead {
  readonly table: string;
  readonly found: SurveyedTable;
  readonly plan: ReadPlan;
}

/**
 * Tables of at most so many rows are counted first: to read one of many twice costs less than a file for each. And all their keys
 * are compared, not those of ranges.
 */
const smallRows = 100_000;

/** Counts small tables and copied ones, and what has changed in them: most are then not read. */
async function countFirst(
  client: Client,
  tables: readonly TableToRead[],
): Promise<ReadonlyMap<string, SweptCount>> {
  const counted = await pipelined(client, () =>
    tables.flatMap(({ table, found, plan: { sinceXmin } }) => {
      const { estimatedRows = Infinity, shape } = found;
      if (sinceXmin === undefined || (strategyOf(shape) === 'sweep' && estimatedRows > smallRows)) return [];
      const counts = countSwept(client, found, sinceXmin).catch(namingTable(table));
      return [counts.then((found): [string, SweptCount] => [table, found])];
    }),
  );
  return new Map(counted);
}

/** About how many rows will be read; undefined when that is unknown, as it is for changes. */
export function estimateRows(
  tables: readonly { readonly found: SurveyedTable; readonly plan: Pick<ReadPlan, 'sinceXmin'> }[],
): number | undefined {
  let sum = 0;
  for (const { found, plan } of tables) {
    if (plan.sinceXmin !== undefined || found.estimatedRows === undefined) return undefined;
    sum += found.estimatedRows;
  }
  return sum;
}

interface MeteredReader extends Reader {
  readonly meter: RowMeter;
}

/** Reads a table whole unless its count and the xmin of its rows show that it is as it landed. */
async function copyTable(
  { client, folder, attempt: { signal }, position, meter }: MeteredReader,
  { table, found }: TableToRead,
  counts: SweptCount | undefined,
): Promise<TableBatch> {
  const { shape } = found;
  if (counts?.swept === 0 && counts.count === position.tables.get(table)?.rows)
    return { table, shape, count: counts.count, whole: false };
  const file = `${fileName(table)}.csv`;
  const changes = await copyOut(
    client,
    rowsStatement(found, undefined),
    folder,
    file,
    csvRows(meter),
    signal,
  );
  meter.passed(changes.rowCount);
  // A view need not have as many rows when it is read again.
  const count = changes.rowCount;
  if (count === 0) await rm(join(folder.path, changes.name));
  return { table, shape, count, whole: true, ...limitOf(found), ...(count > 0 && { changes }) };
}

async function sweepTable(
  reader: MeteredReader,
  toRead: TableToRead,
  counts: SweptCount | undefined,
): Promise<TableBatch> {
  const { table, found, plan } = toRead;
  const { client, folder, attempt, meter } = reader;
  const stage = (select: string, file: string, watch?: (chunk: Buffer) => void) =>
    copyOut(client, select, folder, file, watch, attempt.signal);
  const changes =
    counts?.swept === 0
      ? undefined
      : await stage(rowsStatement(found, plan.sinceXmin), `${fileName(table)}.csv`, csvRows(meter));
  const changed = changes?.rowCount ?? 0;
  meter.passed(changed);
  if (changes && changed === 0) await rm(join(folder.path, changes.name));
  else if (changes && found.toProve.length > 0) await proveKey(client, folder.source, table, found);
  const differing = await differingRanges(reader, toRead);
  const sendsKeys = plan.keys !== 'none' && differing?.ranges.numbers.length !== 0;
  const keys = sendsKeys
    ? await stage(keysStatement(found, differing?.ranges), `${fileName(table)}.keys.csv`)
    : undefined;
  const whole = plan.sinceXmin === undefined;
  const known = counts ?? differing;
  return {
    table,
    shape: found.shape,
    count: whole ? changed : (known?.count ?? keys?.rowCount ?? (await countRows(client, found))),
    whole,
    ...limitOf(found),
    ...(plan.added && { added: plan.added }),
    ...(changes && changed > 0 && { changes }),
    ...(keys && { keys }),
    ...(differing && { keyRanges: differing.ranges }),
  };
}

/** The ranges to which the keys of a large table are limited; undefined where all or none are read. */
async function differingRanges(
  { client, folder: { source }, attempt, position, rangesFromRows = smallRows }: MeteredReader,
  { table, found, plan: { keys } }: TableToRead,
): Promise<DifferingRanges | undefined> {
  const known = position.tables.get(table);
  if (keys !== 'differing' || !known || known.rows < rangesFromRows) return undefined;
  return findDifferingRanges(client, attempt, source, { table, found, known });
}

function limitOf({ maxDeletes }: SurveyedTable): Pick<TableBatch, 'maxDeletes'> {
  return maxDeletes === undefined ? {} : { maxDeletes };
}
