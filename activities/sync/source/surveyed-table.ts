import type { RenamedColumn, TableShape } from '../../../model/batch.ts';
import type { ChosenTable } from '../../../model/choose-tables.ts';
import { qualified } from '../../../model/identifier.ts';
import { numberOf } from '../../../model/renamed-columns.ts';
import type { TableConfig } from '../../../model/table-config.ts';
import type { RelationName } from '../../../model/table-pattern.ts';
import type { CatalogTable } from './catalog.ts';
import { showsChanges, sizeOf, whyCopied } from './choose-strategy.ts';
import { hiddenIn } from './hidden-elsewhere.ts';
import { missingColumns, obstacleToMissing } from './missing-columns.ts';
import type { Obstacle } from './obstacle.ts';
import {
  errorInConfig,
  noKey,
  obstacleTo,
  obstacleToCopy,
  obstacleToDeletes,
  obstacleToHiding,
  obstacleToKey,
} from './obstacle.ts';
import type { SelectedColumn } from './selected-column.ts';
import { selectColumns } from './selected-column.ts';

/** A table that can be read: its shape, and how to select it. */
export interface SurveyedTable {
  /** The table at the source. */
  readonly relation: RelationName;
  /** The columns that the config leaves out and those that it masks, by their names at the source. */
  readonly leftOut: readonly string[];
  readonly masked: readonly string[];
  readonly oid: string;
  readonly shape: TableShape;
  /** What follows `from` and what `lock table` takes: the rows of this relation and of its partitions, not of its heirs. */
  readonly from: string;
  /**
   * Whether it is locked before the snapshot is taken. A view is locked with the tables that it reads, if its owner may read
   * them. Otherwise reading takes the lock, and the survey afterwards shows what happened before.
   */
  readonly lock: 'always' | 'if allowed' | 'never';
  /** The columns that get another name in the warehouse, because the source has renamed them. */
  readonly renamed: readonly RenamedColumn[];
  /** The columns that the source has added since the table landed, and that are null in all rows which are older than that. */
  readonly added: readonly string[];
  /** The expression that selects a column of the shape, by the column's name in the warehouse. */
  readonly expressions: ReadonlyMap<string, string>;
  /** The columns of a configured key that the source does not enforce, by their names there. */
  readonly toProve: readonly string[];
  /** The share of its rows that one run may delete, by the config. */
  readonly maxDeletes?: number;
  /** About how many rows it has; undefined when its source does not know. */
  readonly estimatedRows: number | undefined;
}

/** The renamed columns of a table: those that keep their names in the warehouse, and the others. */
export interface RenamedColumns {
  readonly kept: readonly RenamedColumn[];
  readonly renamed: readonly RenamedColumn[];
}

/**
 * A chosen table as it can be read, or why it cannot. `known` is its shape as it last landed, `ofLine` the columns of all tables
 * that its line of the config chooses.
 */
export function examine(
  chosen: ChosenTable<CatalogTable>,
  saltId: string,
  { kept, renamed }: RenamedColumns,
  known: TableShape | undefined,
  ofLine: ReadonlySet<string> | undefined,
): SurveyedTable | Obstacle {
  const { relation, options } = chosen;
  if (options.error !== undefined) return errorInConfig(options.error);
  const selected = selectColumns(relation, options, saltId, kept);
  const key = chooseKey(relation, options.key);
  const copied = whyCopied(relation, options.strategy === 'copy', key !== undefined);
  const obstacle =
    (known?.oid === relation.oid ? obstacleToHiding(relation, known.hidden, options, selected) : undefined) ??
    obstacleToMissing(chosen, known, selected, ofLine) ??
    obstacleTo(relation, selected, copied === undefined ? 'sweep' : 'copy') ??
    (copied === undefined ? obstacleToSweep(relation, key?.columns, selected) : undefined) ??
    obstacleToCopy(options.key, copied) ??
    obstacleToDeletes(options.deletes, selected, copied);
  if (obstacle) return obstacle;
  const leftOut = relation.columns
    .map(({ name }) => name)
    .filter((name) => !selected.some(({ source }) => source.name === name));
  const masked = selected.flatMap(({ source, mask }) => (mask === undefined ? [] : source.name));
  const lacks = missingColumns(relation, options);
  return {
    relation: { schema: relation.schema, name: relation.name },
    leftOut,
    masked,
    oid: relation.oid,
    shape: {
      oid: relation.oid,
      columns: selected.map(({ column }) => column),
      attributes: relation.attributes,
      key: copied === undefined ? warehouseNames(selected, key!.columns) : [],
      leaves: showsChanges(relation) ? relation.leaves.map(({ oid, filenode }) => ({ oid, filenode })) : [],
      ...hiddenShape(relation, options, { leftOut, masked }, known),
      ...(lacks.length > 0 && { lacks }),
      ...(copied !== undefined && { copied }),
      ...(options.deletes !== undefined && options.deletes !== 'mirror' && { deletes: options.deletes }),
    },
    from: `${relation.kind === 'r' ? 'only ' : ''}${qualified(relation.schema, relation.name)}`,
    lock: lockOf(relation),
    expressions: new Map(selected.map(({ column, expression }) => [column.name, expression])),
    renamed,
    added: known?.oid === relation.oid ? addedEmpty(relation, selected, known) : [],
    estimatedRows: estimateRows(relation),
    toProve: copied !== undefined || key!.enforced ? [] : key!.columns,
    ...(options.maxDeletes !== undefined && { maxDeletes: options.maxDeletes }),
  };
}

/** A column that a table has been given since it had the shape `known` was empty then, unless it came with values. */
function addedEmpty(
  { filled }: CatalogTable,
  selected: readonly SelectedColumn[],
  { attributes = Infinity }: TableShape,
): string[] {
  return selected.flatMap(({ source, column }) =>
    Number(numberOf(source.origin)) > attributes && !filled.includes(source.name) ? [column.name] : [],
  );
}

/** The names in the warehouse of columns of the source that are read. */
function warehouseNames(selected: readonly SelectedColumn[], columns: readonly string[]): string[] {
  const nameOf = new Map(selected.map(({ source, column }) => [source.name, column.name]));
  return columns.map((column) => nameOf.get(column)!);
}

/** What a shape remembers of columns that are not shown: nothing when all are. */
function hiddenShape(
  relation: CatalogTable,
  { columns }: TableConfig,
  { leftOut, masked }: Pick<SurveyedTable, 'leftOut' | 'masked'>,
  known: TableShape | undefined,
): Pick<TableShape, 'leftOut' | 'hidden' | 'hiddenIn'> {
  const byName = columns && 'except' in columns ? leftOut : [];
  const hidden = relation.columns.filter(({ name }) => byName.includes(name) || masked.includes(name));
  return {
    ...(leftOut.length > 0 && { leftOut }),
    ...(hidden.length > 0 && {
      hidden: Object.fromEntries(hidden.map(({ name, origin }) => [name, numberOf(origin)])),
    }),
    ...((hidden.length > 0 || leftOut.length > 0) && { hiddenIn: hiddenIn(relation, known) }),
  };
}

function lockOf({ readable, kind }: CatalogTable): SurveyedTable['lock'] {
  if (!readable || !/[rpv]/.test(kind)) return 'never';
  return kind === 'v' ? 'if allowed' : 'always';
}

function estimateRows({ leaves }: CatalogTable): number | undefined {
  const rows = leaves.map((leaf) => leaf.rows);
  return rows.length === 0 || rows.includes(null)
    ? undefined
    : rows.reduce<number>((sum, each) => sum + each!, 0);
}

function obstacleToSweep(
  table: CatalogTable,
  key: readonly string[] | undefined,
  selected: readonly SelectedColumn[],
): Obstacle | undefined {
  return key ? obstacleToKey(key, table, selected) : noKey(sizeOf(table));
}

/** The configured key, the primary key, or a unique key; undefined when there is none. */
function chooseKey(table: CatalogTable, wanted: readonly string[] | undefined) {
  if (!wanted) {
    const key = table.keys.find(({ primary }) => primary) ?? table.keys[0];
    return key && { columns: key.columns, enforced: true };
  }
  const sorted = (columns: readonly string[]) => JSON.stringify([...columns].sort());
  const key = table.keys.find(({ columns }) => sorted(columns) === sorted(wanted));
  return key ? { columns: key.columns, enforced: true } : { columns: wanted, enforced: false };
}
