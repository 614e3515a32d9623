import type { Client } from 'pg';
import type { BatchReference, TableBatch, TableOutcome } from '../../model/batch.ts';
import { strategyOf } from '../../model/batch.ts';
import { quoteLiteral } from '../../model/identifier.ts';
import type { Attempt } from '../activity.ts';
import { named } from '../postgres/errors.ts';
import { CopyRefused, copyAcross } from './copy-across.ts';
import { estimateRows } from './read-tables.ts';
import { csvRows, rowMeter } from './row-meter.ts';
import { copyOutStatement, proveKey, rowsStatement } from './source/copy-out.ts';
import type { SurveyedTable } from './source/surveyed-table.ts';
import { copyIn } from './warehouse/landing/landing-statements.ts';
import type { TableMove } from './warehouse/move-position.ts';
import type { Relation } from './warehouse/relations.ts';

/** A table, and the relation of clean, without rows of its source, that takes its rows. */
export interface TableToCopy {
  readonly table: string;
  readonly found: SurveyedTable;
  readonly clean: Relation;
}

/**
 * Copies all rows of tables, one after the other, as they come from `reader`, which has a snapshot of the source, into clean,
 * within the caller's transaction of `client`. Throws CopyRefused where clean refuses rows.
 */
export async function copyTables(
  client: Client,
  reader: Client,
  reference: BatchReference,
  tables: readonly TableToCopy[],
  { report, signal }: Attempt,
): Promise<TableBatch[]> {
  const whole = tables.map(({ found }) => ({ found, plan: { sinceXmin: undefined } }));
  const meter = rowMeter(report, { of: estimateRows(whole), estimated: true });
  const copied: TableBatch[] = [];
  for (const { table, found, clean } of tables) {
    meter.begin(table);
    const { select, into } = statementsOf(found, clean, reference);
    if (found.toProve.length > 0) await proveKey(reader, reference.source, table, found);
    const count = await copyAcross(
      { client: reader, copy: copyOutStatement(select) },
      { client, copy: into },
      csvRows(meter),
      signal,
    ).catch((error: unknown) => {
      named(table, error instanceof CopyRefused ? error.cause : error);
      throw error;
    });
    meter.passed(count);
    copied.push({ table, shape: found.shape, count, whole: true });
  }
  return copied;
}

/** What reads a table, and what takes its rows. A leaf has the project and the batch as defaults; a flat table is sent them. */
function statementsOf(
  table: SurveyedTable,
  { name, parent }: Relation,
  { source, id }: BatchReference,
): { readonly select: string; readonly into: string } {
  const select = rowsStatement(table, undefined);
  const columns = table.shape.columns.map((column) => column.name);
  if (parent !== undefined) return { select, into: copyIn(name, columns) };
  return {
    select: `select ${quoteLiteral(source)} as project, ${quoteLiteral(id)} as batch, t.* from (${select}) t`,
    into: copyIn(name, ['project', 'batch', ...columns]),
  };
}

/** The position of a table that has been copied. */
export function moveOf({ table, shape, count }: TableBatch): TableMove {
  const none = { dropped: [], updated: 0, deleted: 0, difference: 0, heldDeletes: 0 };
  return { ...none, table, shape, whole: true, inserted: count, rows: count, showsDeletes: true };
}

/** The outcome of a table that has been copied. */
export function outcomeOf({ table, shape, count }: TableBatch): [table: string, outcome: TableOutcome] {
  const none = { updated: 0, unchanged: 0, deleted: 0 };
  return [table, { ...none, strategy: strategyOf(shape), extracted: count, inserted: count, rows: count }];
}
