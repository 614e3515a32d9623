import type { Client } from 'pg';
import type { FlatTables, Move } from '../../activities/sync/warehouse/repartition/flat-tables.ts';
import { MigrationRefused } from '../../activities/sync/warehouse/migrate/pending-migrations.ts';
import {
  planRepartition,
  repartition as repartitionTable,
} from '../../activities/sync/warehouse/repartition/repartition.ts';
import { formatBytes } from '../../model/bytes.ts';
import { formatElapsed } from '../../model/duration.ts';
import { formatCount } from '../../model/number.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { renderTable } from '../terminal/table.ts';
import { freeSpace } from './free-space.ts';

/** Gives the tables of the warehouse, one after the other, the shape that they have in a new one. */
export async function repartition(context: Context, { dryRun }: { dryRun: boolean }): Promise<void> {
  await withWarehouse(context, (client) =>
    withWarehouse(context, (reader) => run(client, reader, context, dryRun)),
  ).catch((error: unknown) => {
    throw error instanceof MigrationRefused ? new CommandFailure(exitCodes.failed, error.message) : error;
  });
}

async function run(client: Client, reader: Client, { printer }: Context, dryRun: boolean): Promise<void> {
  const flat = await planRepartition(client);
  const neededBytes = neededFor(flat.moves);
  const freeBytes = await freeSpace(client);
  const document = {
    dryRun,
    tables: flat.moves.map(({ table, to, rows, bytes }) => ({ table, to, rows, bytes })),
    kept: flat.kept,
    neededBytes,
    freeBytes,
  };
  if (dryRun) {
    printer.result(document, describePlan(flat, neededBytes, freeBytes));
    return;
  }
  refuseWithoutSpace(flat.moves, freeBytes);
  for (const { table, rows, bytes, to } of flat.moves) {
    printer.log(`${table}: ${formatCount(rows, 'row')}, ${formatBytes(bytes)}, ${shapes[to]} …`);
    const begun = performance.now();
    await repartitionTable(client, reader, table);
    printer.log(`${table}: done in ${formatElapsed((performance.now() - begun) / 1_000)}`);
  }
  printer.result(document, describeDone(flat));
}

const shapes: Readonly<Record<Move['to'], string>> = {
  leaves: 'partitioned by source',
  bigint: 'ids of type bigint',
};

/** A table exists twice until its transaction commits, and its new copy is also in the log. */
function neededFor(moves: readonly Move[]): number {
  return 2 * largest(moves);
}

function largest(moves: readonly Move[]): number {
  return Math.max(0, ...moves.map(({ bytes }) => bytes));
}

/** Without space for the copy alone, it certainly fails; with space for the copy and its log, it does not. */
function refuseWithoutSpace(moves: readonly Move[], freeBytes: number | null): void {
  if (freeBytes === null || freeBytes >= largest(moves)) return;
  throw new CommandFailure(
    exitCodes.failed,
    `The disk of the warehouse has ${formatBytes(freeBytes)} free, and its largest flat table needs ${formatBytes(neededFor(moves))} until its copy has replaced it. Nothing was changed. Free some space.`,
  );
}

/** What would be done, and the disk space that it needs; `freeBytes` is null where it is not known. */
export function describePlan(flat: FlatTables, neededBytes: number, freeBytes: number | null): string {
  if (flat.moves.length === 0) return describeDone(flat);
  const rows = flat.moves.map(({ table, rows, bytes, to }) => [table, rows, formatBytes(bytes), shapes[to]]);
  const free = freeBytes === null ? '' : `; ${formatBytes(freeBytes)} are free`;
  return [
    renderTable(['table', 'rows', 'size', 'becomes'], rows),
    ...describeKept(flat),
    '',
    `Disk space needed meanwhile: ${formatBytes(neededBytes)}, for a copy of the largest table and its log${free}.`,
  ].join('\n');
}

function describeDone(flat: FlatTables): string {
  const { moves } = flat;
  const done =
    moves.length === 0
      ? 'Nothing to do.'
      : `${formatCount(moves.length, 'table')} moved: ${moves.map(({ table }) => table).join(', ')}.`;
  return [done, ...describeKept(flat)].join('\n');
}

function describeKept({ kept }: FlatTables): string[] {
  return kept.map(({ table, reason }) => `${table} stays flat: ${reason}.`);
}
