import type { HeldBack, TableShape } from '../../../model/batch.ts';
import type { ChosenTable } from '../../../model/choose-tables.ts';
import { numberOf } from '../../../model/renamed-columns.ts';
import { relationLabel } from '../../../model/table-pattern.ts';
import type { CatalogTable } from './catalog.ts';

type Shapes = ReadonlyMap<string, TableShape>;

/** What a shape remembers of a table with hidden columns: its name, and every relation that has had its rows. */
export function hiddenIn(
  relation: CatalogTable,
  known: TableShape | undefined,
): NonNullable<TableShape['hiddenIn']> {
  const relations = [...new Set([...(known?.hiddenIn?.relations ?? []), ...relationsOf(relation)])];
  return { relation: relationLabel(relation), relations };
}

/** A relation and its partitions. */
function relationsOf({ oid, leaves }: Pick<CatalogTable, 'oid' | 'leaves'>): string[] {
  return [...new Set([oid, ...leaves.map((leaf) => leaf.oid)])];
}

/** A chosen table that would show columns that its line of the config does not hide, while they were hidden before. */
export interface ShowingTable {
  readonly chosen: ChosenTable<CatalogTable>;
  readonly columns: readonly string[];
  /** The name in the warehouse under which its rows landed without them. */
  readonly earlier: string;
}

/**
 * Those of a chosen table's columns that were left out or masked when its rows landed, and would be shown now, because a pattern that
 * hides less chooses it: it was renamed or moved to another schema, or has been attached or detached as a partition. Undefined
 * when there are none, or when the config names the table, which decides it.
 */
export function columnsShown(
  chosen: ChosenTable<CatalogTable>,
  { leftOut, masked }: Readonly<Record<'leftOut' | 'masked', readonly string[]>>,
  known: Shapes,
): ShowingTable | undefined {
  const { table, named, relation } = chosen;
  if (named) return undefined;
  const oids = new Set(relationsOf(relation));
  const label = relationLabel(relation);
  for (const [earlier, shape] of known) {
    const isSame = shape.hiddenIn ? shape.hiddenIn.relation === label : earlier === table;
    const landed = shape.hiddenIn?.relations ?? [shape.oid ?? '', ...shape.leaves.map(({ oid }) => oid)];
    if (isSame || !landed.some((oid) => oids.has(oid))) continue;
    const names = new Set([...Object.keys(shape.hidden ?? {}), ...(shape.leftOut ?? [])]);
    const numbers = new Set(shape.oid === relation.oid ? Object.values(shape.hidden ?? {}) : []);
    const columns = relation.columns
      .filter(({ name, origin }) => names.has(name) || numbers.has(numberOf(origin)))
      .map(({ name }) => name)
      .filter((name) => !leftOut.includes(name) && !masked.includes(name));
    if (columns.length > 0) return { chosen, columns, earlier };
  }
  return undefined;
}

/**
 * Holds back a table that would show hidden columns, until the config says what becomes of them. So is what its rows landed as,
 * unless another table lands there: its position is the memory of what was hidden.
 */
export function holdBackShowing(
  { chosen: { table, relation }, columns, earlier }: ShowingTable,
  known: Shapes,
  lands: (table: string) => boolean,
): HeldBack[] {
  const as = known.has(table) ? table : lands(earlier) ? undefined : earlier;
  const label = relationLabel(relation);
  const except = `columns: { except: ${JSON.stringify(columns)} }`;
  const obstacle = {
    problem: `its rows are in ${label} now, where the config would not hide ${columns.join(', ')}, as it did when they landed in ${earlier}`,
    advice: `Name the table in the config and say what becomes of these columns, for example:\n${label}: { ${as === undefined ? '' : `as: ${JSON.stringify(as)}, `}${except} }`,
  };
  const names = known.has(table) || lands(earlier) ? [table] : [];
  return [...new Set([...names, ...(lands(earlier) ? [] : [earlier])])].map((name) => ({
    table: name,
    ...obstacle,
  }));
}
