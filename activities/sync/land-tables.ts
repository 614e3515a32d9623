import type { Client } from 'pg';
import type { Manifest, TableBatch, TableOutcome, Unreconciled } from '../../model/batch.ts';
import { isTouched, strategyOf } from '../../model/batch.ts';
import { droppedColumns } from '../../model/dropped-columns.ts';
import { remembersSame } from '../../model/position.ts';
import type { Attempt } from '../activity.ts';
import { namingTable } from '../postgres/errors.ts';
import { pipelined } from '../postgres/pipeline.ts';
import { renamedMeanwhile } from './batch-lost.ts';
import { rowMeter } from './row-meter.ts';
import { compareColumns } from './warehouse/align/table-columns.ts';
import { checkRaw } from './warehouse/landing/check-raw.ts';
import { keysTable } from './warehouse/landing/keys-table.ts';
import { landNothing, landTable } from './warehouse/landing/land-table.ts';
import { readQuarantine } from './warehouse/landing/quarantine.ts';
import type { BatchEffect } from './warehouse/landing/record-landed.ts';
import type { TableLanding, TableToLand } from './warehouse/landing/table-landing.ts';
import type { TableMove } from './warehouse/move-position.ts';
import { readPosition } from './warehouse/position.ts';
import { metricsTables } from './warehouse/refresh-statements.ts';
import type { Relation } from './warehouse/relations.ts';
import { readRelations } from './warehouse/relations.ts';
import { hasSessionAnalytics } from './warehouse/session-analytics.ts';

/** Tables that are in clean as their batch brings them, which is yet to be recorded. */
export interface LandedTables extends BatchEffect {
  readonly status: 'to be recorded';
  /** Where they have landed. */
  readonly filled: readonly Relation[];
}

/**
 * Lands the tables of a batch from raw in clean, within the caller's transaction. When the row counts of some would not reconcile,
 * it names them, and the caller has to roll back.
 */
export async function landTables(
  client: Client,
  manifest: Manifest,
  { config, report }: Attempt,
): Promise<LandedTables | Unreconciled> {
  const { snapshot, tables } = manifest;
  const { position, analytics, quarantine, toLand } = await readTargets(client, manifest);
  await checkRaw(client, manifest, [...toLand.values()]);
  const unreconciled: string[] = [];
  const outcomes = new Map<string, TableOutcome>();
  const moves: TableMove[] = [];
  const meter = rowMeter(report, {
    of: tables.reduce((sum, { changes }) => sum + (changes?.rowCount ?? 0), 0),
  });
  for (const table of tables) {
    const { table: name, shape } = table;
    meter.begin(name);
    const input = toLand.get(name);
    const landing = input
      ? await landTable(client, manifest, {
          ...input,
          maxDeletes: table.maxDeletes ?? config.maxDeletes,
        }).catch(namingTable(name))
      : landNothing(table, position.tables.get(name)!, quarantine.get(name)?.missing);
    meter.passed(table.changes?.rowCount ?? 0);
    if (!landing.reconciled) unreconciled.push(name);
    outcomes.set(name, outcomeOf(table, landing));
    const known = position.tables.get(name);
    // A column that clean has no more was renamed there, or dropped by an analyst.
    const dropped = droppedColumns(known, shape, snapshot.takenAt).filter(
      ({ name: column }) => input?.vanished.includes(column) ?? true,
    );
    // A table whose new key waits is read whole again until it lands: its position keeps the key until now.
    const { keyUntilNow: key = shape.key } = landing;
    if (input ?? known?.behind ?? (known && !remembersSame(known.shape, shape)))
      moves.push({ table: name, shape: { ...shape, key }, dropped, whole: table.whole, ...landing });
  }
  if (unreconciled.length > 0) return unreconciledTables(tables, unreconciled);
  const filled = [...toLand.values()].map(({ relations: { clean } }) => clean);
  return { status: 'to be recorded', position, moves, outcomes, analytics, filled };
}

function unreconciledTables(tables: readonly TableBatch[], names: readonly string[]): Unreconciled {
  const ranges = tables.flatMap(({ table, keyRanges }) =>
    keyRanges && names.includes(table) ? [table] : [],
  );
  return {
    ...{ status: 'unreconciled', tables: names },
    ...(ranges.length > 0 && { comparedInRanges: ranges }),
  };
}

/** The position, and where the tables land that the batch has rows or keys of. */
async function readTargets(client: Client, manifest: Manifest) {
  const { source } = manifest;
  const tables = manifest.tables.filter(isTouched);
  const names = tables.map(({ table }) => table);
  const [position, quarantine, analytics, clean, raw, columns] = await pipelined(client, () => [
    readPosition(client, source),
    readQuarantine(client, manifest),
    hasSessionAnalytics(client),
    readRelations(client, source, 'clean', names),
    readRelations(client, source, 'raw', names),
    compareColumns(client, tables),
  ]);
  for (const [table, { missing }] of columns)
    if (missing.length > 0) throw renamedMeanwhile(source, table, missing);
  const toLand = tables.map((table): [string, TableToLand] => [
    table.table,
    {
      table,
      relations: {
        clean: clean(table.table),
        raw: raw(table.table),
        keys: keysTable(table.table, source),
      },
      position: position.tables.get(table.table),
      vanished: columns.get(table.table)!.vanished,
      quarantined: quarantine.get(table.table),
      analysed: analytics && metricsTables.includes(table.table),
    },
  ]);
  return { position, analytics, quarantine, toLand: new Map(toLand) };
}

function outcomeOf(
  { changes, shape }: TableBatch,
  { inserted, updated, deleted, rows }: TableLanding,
): TableOutcome {
  const extracted = changes?.rowCount ?? 0;
  const unchanged = extracted - inserted - updated;
  return { strategy: strategyOf(shape), extracted, inserted, updated, unchanged, deleted, rows };
}
