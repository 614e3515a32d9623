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
import type { BatchFolder } from '../staging/folder.ts';
import { fileName } from '../staging/folder.ts';
import { copyOut, countRows, countSwept, keysStatement, proveKey, rowsStatement } from './copy-out.ts';
import type { SurveyedTable } from './survey.ts';

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
  for (const [table, found] of surveyed) {
    const plan = planRead(reader.position, now, table, found.shape, keysOf.includes(table));
    const readAs = strategyOf(found.shape) === 'copy' ? copyTable : sweepTable;
    const batch = await readAs(reader, table, found, plan).catch(namingTable(table));
    read.push(found.renamed.length > 0 ? { ...batch, renamed: found.renamed } : batch);
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
  return { table, shape, count, whole: true, ...limitOf(found), ...(count > 0 && { changes }) };
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
    ...limitOf(found),
    ...(changes.rowCount > 0 && { changes }),
    ...(keys && { keys }),
  };
}

function limitOf({ maxDeletes }: SurveyedTable): Pick<TableBatch, 'maxDeletes'> {
  return maxDeletes === undefined ? {} : { maxDeletes };
}
