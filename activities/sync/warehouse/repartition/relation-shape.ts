import type { Client } from 'pg';
import { identList, qualified, quoteIdent, quoteLiteral } from '../../../../model/identifier.ts';
import { wideType } from '../../../../model/wide-type.ts';
import { sqlFile } from '../../../postgres/sql-file.ts';
import type { WarehouseTable } from '../relations.ts';

/** A column of a table that is to be made again. */
export interface ShapeColumn {
  readonly name: string;
  /** The type without length, precision and scale, and with them. */
  readonly type: string;
  readonly fullType: string;
  /** Where it is not the type's own. */
  readonly collation: string | null;
  readonly notNull: boolean;
  readonly generated: boolean;
  /** The default, or what the column is generated from. */
  readonly expression: string | null;
}

/** What a table is made of, so that it can be made again. */
export interface RelationShape extends WarehouseTable {
  readonly columns: readonly ShapeColumn[];
  /** The columns of the primary key; empty without one. */
  readonly key: readonly string[];
  readonly keyName: string | null;
  /** The indexes that no constraint made; `definition` is what follows the table's name. */
  readonly indexes: readonly {
    readonly name: string;
    readonly unique: boolean;
    readonly definition: string;
  }[];
  /** Storage parameters, as in `with (…)`. */
  readonly options: string | null;
}

/** The table's name, quoted and qualified. */
export function nameOf({ schema, name }: WarehouseTable): string {
  return qualified(schema, name);
}

/** What the table is made of now. */
export async function readShape(client: Client, table: WarehouseTable): Promise<RelationShape> {
  const { rows } = await client.query<{ shape: string }>(sqlFile('catalogue/relation-shape.sql'), [
    nameOf(table),
  ]);
  return { ...table, ...(JSON.parse(rows[0]!.shape) as Omit<RelationShape, keyof WarehouseTable>) };
}

/** The wide type of a column, as a new table has it. */
export function widened({ type, fullType }: ShapeColumn): string {
  const wide = wideType(type);
  return wide === type ? fullType : wide;
}

/** Integers become bigint; everything else stays. */
export function bigintInstead(column: ShapeColumn): string {
  return /^(smallint|integer)$/.test(column.type) ? 'bigint' : column.fullType;
}

/** Makes a table like `shape`, without keys and indexes, under another name. */
export function createLike(
  shape: RelationShape,
  name: string,
  typeOf: (column: ShapeColumn) => string,
  nullable: ReadonlySet<string>,
): string {
  const columns = shape.columns.map((column) =>
    [
      quoteIdent(column.name),
      typeOf(column),
      column.collation === null ? '' : `collate ${column.collation}`,
      column.generated
        ? `generated always as (${column.expression}) stored`
        : column.expression === null
          ? ''
          : `default ${column.expression}`,
      column.notNull && !nullable.has(column.name) ? 'not null' : '',
    ]
      .filter(Boolean)
      .join(' '),
  );
  return `create table ${name} (\n  ${columns.join(',\n  ')}\n)`;
}

/**
 * How the rows of `shape`, or those of one project, come out of it with the text that they have, and how they get into the
 * table `into`, whose types may be wider. Frozen, so that every transaction sees them, also one whose snapshot is older: it
 * would find a new table empty.
 */
export function copyRows(
  shape: RelationShape,
  into: string,
  project?: string,
): { readonly out: string; readonly in: string } {
  const stored = shape.columns.filter(({ generated }) => !generated);
  const values = identList(stored.map(({ name }) => name));
  const where = project === undefined ? '' : ` where project = ${quoteLiteral(project)}`;
  return {
    out: `copy (select ${values} from ${nameOf(shape)}${where}) to stdout`,
    in: `copy ${into} (${values}) from stdin (freeze)`,
  };
}
