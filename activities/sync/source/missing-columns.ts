import type { TableShape } from '../../../model/batch.ts';
import type { ChosenTable } from '../../../model/choose-tables.ts';
import { numberOf } from '../../../model/renamed-columns.ts';
import { didYouMean } from '../../../model/similar-name.ts';
import type { TableConfig } from '../../../model/table-config.ts';
import type { CatalogTable } from './catalog.ts';
import type { Obstacle } from './obstacle.ts';
import type { SelectedColumn } from './selected-column.ts';

/** The columns that the line of a table masks, leaves out or reads by name, and which of these the config does. */
function namesIn({ mask = {}, columns }: TableConfig): Map<string, 'masks' | 'leaves out' | 'reads'> {
  return new Map([
    ...(columns === undefined
      ? []
      : 'only' in columns
        ? columns.only.map((name) => [name, 'reads'] as const)
        : columns.except.map((name) => [name, 'leaves out'] as const)),
    ...Object.keys(mask).map((name) => [name, 'masks'] as const),
  ]);
}

/** The columns that the line of a table names and that the table does not have. */
export function missingColumns(table: CatalogTable, options: TableConfig): string[] {
  return [...namesIn(options).keys()].filter((name) => !table.columns.some((column) => column.name === name));
}

/** The columns of all tables that a line of the config chooses, by the options of the line; only of lines that name columns. */
export function columnsByLine(
  chosen: readonly ChosenTable<CatalogTable>[],
): ReadonlyMap<TableConfig, ReadonlySet<string>> {
  const lines = new Map<TableConfig, Set<string>>();
  for (const { options, relation } of chosen) {
    if (namesIn(options).size === 0) continue;
    const columns = lines.get(options) ?? new Set();
    for (const { name } of relation.columns) columns.add(name);
    lines.set(options, columns);
  }
  return lines;
}

/**
 * Why a table is not read of which the config names a column that it does not have: a misspelt name would hide nothing. Of a
 * pattern, one of its tables must have the column, `ofLine` being the columns of all of them; that is enough for a table that
 * never had it. A column that the table had when it landed, as `known` says, may be dropped, unless another one has come with
 * the same run, which may be it.
 */
export function obstacleToMissing(
  { relation, options, named }: ChosenTable<CatalogTable>,
  known: TableShape | undefined,
  selected: readonly SelectedColumn[],
  ofLine: ReadonlySet<string> | undefined,
): Obstacle | undefined {
  const does = namesIn(options);
  const isOfAnother = (name: string) => ofLine?.has(name) && landedAs(name, known) === undefined;
  const missing = missingColumns(relation, options).filter(
    (name) => !isOfAnother(name) && !known?.lacks?.includes(name),
  );
  if (missing.length === 0) return undefined;
  const unknown = missing.filter((name) => landedAs(name, known) === undefined);
  if (unknown.length > 0) {
    const columns = relation.columns.map(({ name }) => name);
    const found = unknown.map(
      (name) => `${name}, which the config ${does.get(name)}${didYouMean(name, columns)}`,
    );
    return {
      problem: `${named ? 'it has no column' : 'no table of its pattern has a column'} ${found.join('; nor ')}`,
      advice:
        'Correct the name in the config, or remove it; if only other sources have the column, give this source a line of its own, under its tables.',
    };
  }
  const renamed = missing.flatMap((name) => {
    const number = known?.oid === relation.oid ? landedAs(name, known) : undefined;
    const now = relation.columns.find(({ origin }) => numberOf(origin) === number);
    return now && does.get(name) === 'reads' && !does.has(now.name) ? [`${name} (now ${now.name})`] : [];
  });
  if (renamed.length > 0)
    return {
      problem: `the source has renamed columns that the config reads: ${renamed.join(', ')}`,
      advice: 'Write the new names in the config.',
    };
  const added = selected.filter((each) => each.mask === undefined && !hasLanded(each, known, relation));
  const hidden = missing.filter((name) => does.get(name) !== 'reads');
  if (hidden.length === 0 || added.length === 0) return undefined;
  return {
    problem: `the source has dropped columns that the config leaves out or masks, ${hidden.join(', ')}, and added others, which may have the same values: ${added.map(({ source }) => source.name).join(', ')}`,
    advice:
      'Remove the old names from the config, and leave out or mask the new ones if they must not be read.',
  };
}

/** The number of a column in the relation when the table last landed; undefined when it did not have it. */
function landedAs(name: string, known: TableShape | undefined): string | undefined {
  const column = known?.columns.find((each) => (each.renamedTo ?? each.name) === name);
  const { hidden = {} } = known ?? {};
  return Object.hasOwn(hidden, name) ? hidden[name] : column && numberOf(column.origin);
}

function hasLanded(
  { column }: SelectedColumn,
  known: TableShape | undefined,
  { oid }: CatalogTable,
): boolean {
  return known!.columns.some(
    ({ name, origin }) =>
      name === column.name || (known!.oid === oid && numberOf(origin) === numberOf(column.origin)),
  );
}
