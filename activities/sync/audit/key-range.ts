import type { Client } from 'pg';
import type { TableShape } from '../../../model/batch.ts';
import { quoteIdent, quoteLiteral } from '../../../model/identifier.ts';
import type { Reached } from '../warehouse/audits.ts';
import { readColumnTypes } from '../warehouse/column-types.ts';
import type { Side } from './sides.ts';

/** A range of a table's keys: those behind the value `after`, up to `reached`; without either there is no such limit. */
export interface KeyRange {
  readonly column: string;
  readonly after: string | undefined;
  readonly reached: Reached | undefined;
}

/** The types that both sides order alike, and that clean has the same index for, by the type that clean gives them. */
const ordered: Readonly<Record<string, string>> = {
  smallint: 'bigint',
  integer: 'bigint',
  bigint: 'bigint',
  uuid: 'uuid',
};

/**
 * The next range of about `rows` rows of a table, behind what was `reached`; undefined when its keys have no order that both
 * sides share, so it is compared as a whole.
 */
export async function nextRange(
  client: Client,
  clean: Side,
  { columns, key: [column] }: TableShape,
  reached: Reached | undefined,
  rows: number,
): Promise<KeyRange | undefined> {
  const type = columns.find(({ name }) => name === column)?.type ?? '';
  if (column === undefined || !Object.hasOwn(ordered, type)) return undefined;
  const name = quoteIdent(column);
  const types = await readColumnTypes(client, clean.from, [column]);
  if (types.get(column) !== ordered[type]) return undefined;
  const after = reached?.column === column ? reached.value : undefined;
  const behind = after === undefined ? '' : ` and ${name} > ${bound(after)}`;
  const found = await client.query<{ value: string }>(
    `select ${name}::text as value from ${clean.from} where ${clean.where}${behind} order by ${name} offset ${rows - 1} limit 1`,
  );
  const [last] = found.rows;
  return { column, after, reached: last && { column, value: last.value } };
}

/** The rows of `side` in a range of keys; all without one. */
export function within(range: KeyRange | undefined, side: Side): Side {
  if (!range) return side;
  const [name] = side.key;
  const conditions = [
    side.where,
    ...(range.after === undefined ? [] : [`${name!} > ${bound(range.after)}`]),
    ...(range.reached === undefined ? [] : [`${name!} <= ${bound(range.reached.value)}`]),
  ];
  return { ...side, where: conditions.join(' and ') };
}

/** An integer may be longer than the type of the source's column. */
function bound(value: string): string {
  return `${quoteLiteral(value)}::${/^-?\d+$/.test(value) ? 'bigint' : 'uuid'}`;
}
