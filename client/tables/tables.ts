import type { Client } from 'pg';
import { withConnection } from '../../activities/postgres/connection.ts';
import { sourceEndpoint } from '../../activities/postgres/endpoints.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { survey } from '../../activities/sync/source/survey.ts';
import type { SurveyedTable } from '../../activities/sync/source/survey.ts';
import { formatBytes } from '../../model/bytes.ts';
import type { Strategy } from '../../model/batch.ts';
import { strategyOf } from '../../model/batch.ts';
import { rulesFor } from '../../model/choose-tables.ts';
import { relationLabel } from '../../model/table-pattern.ts';
import type { Context } from '../context/context.ts';
import type { Cell } from '../terminal/table.ts';
import { renderTable } from '../terminal/table.ts';

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
  /** Why it would be held back. */
  readonly heldBack?: string;
}

/** Prints the tables of each source that the config chooses. Fails when a source cannot be asked. */
export async function tables({ config, reader, printer }: Context): Promise<void> {
  const lists = await Promise.all(
    Object.keys(config.sources).map(async (source) =>
      withConnection(await sourceEndpoint(reader, config, source), defaultTimeouts, undefined, (client) =>
        listTables(client, source, rulesFor(config, source)),
      ),
    ),
  );
  const listed = lists.flat();
  printer.result({ tables: listed }, renderTables(listed));
}

async function listTables(
  client: Client,
  source: string,
  rules: ReturnType<typeof rulesFor>,
): Promise<ListedTable[]> {
  const found = await survey(client, { source, rules, hasLanded: () => false, ignores: () => false });
  const bytes = await sizesOf(client, [...found.tables.values()]);
  return [
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
    })),
    ...found.heldBack
      .filter(({ elsewhere }) => !elsewhere)
      .map(({ table, problem }): ListedTable => ({ source, as: table, heldBack: problem })),
  ];
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
  return renderTable(
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
}
