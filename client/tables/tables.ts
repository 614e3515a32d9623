import type { Client } from 'pg';
import { survey } from '../../activities/sync/source/survey.ts';
import type { SurveyedTable } from '../../activities/sync/source/surveyed-table.ts';
import { without } from '../../activities/sync/source/held-back.ts';
import { surveyRequest } from '../../activities/sync/source/survey-request.ts';
import { foreseeRefusals } from '../../activities/sync/warehouse/align/foresee-refusals.ts';
import { readPositions } from '../../activities/sync/warehouse/position.ts';
import { formatBytes } from '../../model/bytes.ts';
import type { Strategy } from '../../model/batch.ts';
import { strategyOf } from '../../model/batch.ts';
import type { Unmatched } from '../../model/choose-tables.ts';
import type { Position } from '../../model/position.ts';
import { neverLanded } from '../../model/position.ts';
import { relationLabel } from '../../model/table-pattern.ts';
import { withSource, withWarehouse } from '../connect/warehouse.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure } from '../exit-codes.ts';
import { renderMoved } from '../status/moved-table.ts';
import type { Cell } from '../terminal/table.ts';
import { renderTable } from '../terminal/table.ts';
import { renderUnmatched, unmatchedEverywhere } from './unmatched.ts';

/** A table that the config chooses, as it is at a source. */
export interface ListedTable {
  readonly source: string;
  /** Its name in the warehouse. */
  readonly as: string;
  /** Its name at the source, where the source has it. */
  readonly table?: string;
  readonly strategy?: Strategy;
  /** Why it is copied. */
  readonly reason?: string;
  readonly key?: readonly string[];
  readonly bytes?: number;
  readonly leftOut?: readonly string[];
  readonly masked?: readonly string[];
  /** What the config should call it, since the source has renamed or moved it. */
  readonly movedTo?: string;
  /** Why it would be held back, or why the last run held it back. */
  readonly heldBack?: string;
}

/**
 * Prints the tables that the config chooses of each source that can be asked, and fails when one cannot. What the warehouse knows
 * of them from earlier runs is left out when it cannot be asked.
 */
export async function tables(context: Context): Promise<void> {
  const { config, printer } = context;
  const known = await readKnown(context);
  const answers = await Promise.allSettled(
    Object.keys(config.sources).map((source) =>
      withSource(context, source, (client) => listTables(client, context, source, known[source])),
    ),
  );
  const lists = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  if (lists.length > 0) {
    const listed = lists.flatMap(({ tables }) => tables);
    const found = new Map(lists.map(({ source, unmatched }) => [source, unmatched]));
    const unmatched = unmatchedEverywhere(config, found);
    printer.result(
      { tables: listed, ...(unmatched.length > 0 && { unmatched }) },
      [renderTables(listed), renderUnmatched(unmatched)].filter(Boolean).join('\n\n'),
    );
  }
  const failures = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [expected(answer.reason)] : [],
  );
  const [first] = failures;
  if (first) throw new CommandFailure(first.exitCode, failures.map(({ message }) => message).join('\n'));
}

function expected(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  throw error;
}

async function readKnown(context: Context): Promise<Record<string, Position>> {
  try {
    return await withWarehouse(context, (client) =>
      readPositions(client, Object.keys(context.config.sources)),
    );
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    context.printer.log(
      `The warehouse cannot be asked, so a table that the source has renamed since it landed is not found, nor what the last run held back. ${error.message}`,
    );
    return {};
  }
}

async function listTables(
  client: Client,
  context: Context,
  source: string,
  position: Position | undefined,
): Promise<{ source: string; tables: ListedTable[]; unmatched: readonly Unmatched[] }> {
  const known = position ?? neverLanded;
  const atSource = await survey(
    client,
    surveyRequest(context.config, source, known, undefined, (renamed) => Promise.resolve(renamed)),
  );
  const refused = position
    ? await withWarehouse(context, (warehouse) => foreseeRefusals(warehouse, source, atSource.tables))
    : [];
  const found = without(atSource, refused);
  const bytes = await sizesOf(client, [...found.tables.values()]);
  const tables = [
    ...[...found.tables].map(([as, { oid, relation, shape, leftOut, masked }]): ListedTable => ({
      source,
      as,
      table: relationLabel(relation),
      strategy: strategyOf(shape),
      ...(shape.copied !== undefined && { reason: shape.copied }),
      key: shape.key,
      bytes: bytes.get(oid) ?? 0,
      leftOut,
      masked,
      ...(shape.movedTo !== undefined && { movedTo: shape.movedTo }),
      ...(known.heldBack.has(as) && { heldBack: `by the last run: ${known.heldBack.get(as)}` }),
    })),
    ...found.heldBack
      .filter(({ elsewhere }) => !elsewhere)
      .map(({ table, problem }): ListedTable => ({ source, as: table, heldBack: problem })),
  ];
  return { source, tables, unmatched: found.unmatched };
}

/** The size of each table with its partitions and without its indexes, by oid. */
async function sizesOf(client: Client, all: readonly SurveyedTable[]): Promise<ReadonlyMap<string, number>> {
  const leaves = all.flatMap(({ oid, shape }) => shape.leaves.map((leaf) => ({ oid, leaf: leaf.oid })));
  const { rows } = await client.query<Record<'oid' | 'bytes', string>>(
    `select w.oid, coalesce(sum(pg_table_size(w.leaf)), 0) as bytes
     from unnest($1::oid[], $2::oid[]) w (oid, leaf)
     group by w.oid`,
    [leaves.map(({ oid }) => oid), leaves.map(({ leaf }) => leaf)],
  );
  return new Map(rows.map(({ oid, bytes }) => [oid, Number(bytes)]));
}

export function renderTables(listed: readonly ListedTable[]): string {
  if (listed.length === 0) return 'The config chooses no table that a source has.';
  const list = renderTable(
    ['source', 'table', 'as', 'strategy', 'key', 'size', 'left out', 'masked', 'held back'],
    listed.map(({ source, table, as, strategy, reason, key, bytes, leftOut, masked, heldBack }): Cell[] => [
      source,
      table ?? null,
      as,
      reason === undefined ? (strategy ?? null) : `${strategy}: ${reason}`,
      key?.join(', ') ?? null,
      bytes === undefined ? null : formatBytes(bytes),
      leftOut?.join(', ') ?? null,
      masked?.join(', ') ?? null,
      heldBack ?? null,
    ]),
  );
  return [list, renderMoved(listed)].filter(Boolean).join('\n\n');
}
