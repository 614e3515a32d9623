import type { Column, TableShape } from '../../../model/batch.ts';
import { quoteIdent, quoteLiteral } from '../../../model/identifier.ts';
import { sweptCondition } from '../source/copy-out.ts';
import type { SurveyedTable } from '../source/surveyed-table.ts';
import type { Relation } from '../warehouse/relations.ts';

/**
 * The rows of one table on one side: where they are, and the expressions of their columns, of which both sides show the
 * same text.
 */
export interface Side {
  readonly from: string;
  readonly where: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** Whether a row has been written since the position, so the next landing brings it in any case. */
  readonly swept: string;
}

/** The rows of a table at its source; those written by transactions that the snapshot with `sinceXmin` could not see are swept. */
export function sourceSide({ from, expressions, shape }: SurveyedTable, sinceXmin: string): Side {
  return {
    from,
    where: 'true',
    columns: shape.columns.map(({ name }) => expressions.get(name)!),
    key: keyOf(shape).map((name) => expressions.get(name)!),
    swept: sweptCondition(sinceXmin),
  };
}

/**
 * The rows of `source` in clean that it is expected to have, with the columns of `shape`. What becomes of deleted rows is that of
 * the shape which has `landed`.
 */
export function cleanSide(source: string, clean: Relation, shape: TableShape, landed: TableShape): Side {
  return {
    from: clean.name,
    where: `project = ${quoteLiteral(source)}${landed.deletes === 'mark' ? ' and deleted_at is null' : ''}`,
    columns: shape.columns.map(textAtSource),
    key: keyOf(shape).map((name) => textAtSource(shape.columns.find((column) => column.name === name)!)),
    swept: 'false',
  };
}

/** What distinguishes the rows of a table: of a copied one, all their values. */
function keyOf({ columns, key }: TableShape): readonly string[] {
  return key.length > 0 ? key : columns.map(({ name }) => name);
}

/** A column of clean with the text that the source shows: its type may be wider, and xml is read as text. */
function textAtSource({ name, type }: Column): string {
  const column = quoteIdent(name);
  if (type === 'xml') return `${column}::text`;
  return /^(date|timestamp)/.test(type) ? `${column}::${type}` : column;
}
