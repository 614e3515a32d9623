import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { TableBatch } from '../../../model/batch.ts';
import { strategyOf } from '../../../model/batch.ts';
import type { Position, ReadPlan } from '../../../model/position.ts';
import { planRead } from '../../../model/position.ts';
import type { SourceSnapshot } from '../../../model/snapshot.ts';
import type { Attempt } from '../../activity.ts';
import { namingTable } from '../../postgres/errors.ts';
import { pipelined } from '../../postgres/pipeline.ts';
import type { RowMeter } from '../row-meter.ts';
import { csvRows, rowMeter } from '../row-meter.ts';
import type { BatchFolder } from '../staging/folder.ts';
import { fileName } from '../staging/folder.ts';
import { copyOut, countRows, countSwept, keysStatement, proveKey, rowsStatement } from './copy-out.ts';
import type { SweptCount } from './copy-out.ts';
import type { SurveyedTable } from './surveyed-table.ts';

/** Where to read from, from which position, and where to stage it. */
export interface Reader {
  readonly client: Client;
  readonly folder: BatchFolder;
  readonly attempt: Attempt;
  readonly position: Position;
}

/**
 * Stages what each table needs to land, one after the other, under the current snapshot `now`: its changes since the
 * position, or all rows, with the row count, and all keys where deletes are likely or `keysOf` names the table.
 */
export async function readTables(
  reader: Reader,
  now: SourceSnapshot,
  surveyed: ReadonlyMap<string, SurveyedTable>,
  keysOf: readonly string[],
): Promise<TableBatch[]> {
  const read: TableBatch[] = [];
  const tables = [...surveyed].map(([table, found]) => ({
    ...{ table, found },
    plan: planRead(reader.position, now, table, found.shape, keysOf.includes(table)),
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

interface TableToRead {
  readonly table: string;
  readonly found: SurveyedTable;
  readonly plan: ReadPlan;
}

/** Tables of at most so many rows are counted first: to read one of many twice costs less than a file for each. */
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
  { table, found, plan: { sinceXmin, keys: readsKeys } }: TableToRead,
  counts: SweptCount | undefined,
): Promise<TableBatch> {
  const { client, folder, attempt, meter } = reader;
  const stage = (select: string, file: string, watch?: (chunk: Buffer) => void) =>
    copyOut(client, select, folder, file, watch, attempt.signal);
  const changes =
    counts?.swept === 0
      ? undefined
      : await stage(rowsStatement(found, sinceXmin), `${fileName(table)}.csv`, csvRows(meter));
  const changed = changes?.rowCount ?? 0;
  meter.passed(changed);
  if (changes && changed === 0) await rm(join(folder.path, changes.name));
  else if (changes && found.toProve.length > 0) await proveKey(client, folder.source, table, found);
  const keys = readsKeys ? await stage(keysStatement(found), `${fileName(table)}.keys.csv`) : undefined;
  const whole = sinceXmin === undefined;
  return {
    table,
    shape: found.shape,
    count: whole ? changed : (counts?.count ?? keys?.rowCount ?? (await countRows(client, found))),
    whole,
    ...limitOf(found),
    ...(changes && changed > 0 && { changes }),
    ...(keys && { keys }),
  };
}

function limitOf({ maxDeletes }: SurveyedTable): Pick<TableBatch, 'maxDeletes'> {
  return maxDeletes === undefined ? {} : { maxDeletes };
}
