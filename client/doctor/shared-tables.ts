import type { SurveyedTable } from '../../activities/sync/source/surveyed-table.ts';
import type { Column, TableShape } from '../../model/batch.ts';
import { relationLabel } from '../../model/table-pattern.ts';
import { commonType, wideType } from '../../model/wide-type.ts';
import type { Check } from './check.ts';
import { warning } from './check.ts';

/** The tables that a source has of the config, by their names in the warehouse. */
export interface TablesOfSource {
  readonly source: string;
  readonly tables: ReadonlyMap<string, Pick<SurveyedTable, 'relation' | 'shape'>>;
}

/**
 * The tables of the warehouse in which tables of several sources would meet that do not fit: a column has types that only text
 * holds. They land all the same, so each is a warning, with the tables and the columns.
 */
export function checkSharedTables(sources: readonly TablesOfSource[]): Check[] {
  const names = new Set(sources.flatMap(({ tables }) => [...tables.keys()]));
  return [...names].flatMap((name) => {
    const found = sources.flatMap(({ source, tables }) => {
      const table = tables.get(name);
      return table ? [{ source, ...table }] : [];
    });
    const unfit = columnsThatDoNotFit(found.map(({ shape }) => shape.columns));
    if (unfit.length === 0) return [];
    const tables = found.map(({ source, relation }) => `${relationLabel(relation)} of ${source}`);
    const columns = unfit.map(
      (column) => `${column} (${found.flatMap((each) => typeAt(each, column)).join(', ')})`,
    );
    return warning(
      `table ${name}`,
      `${tables.join(' and ')} would land in one table, and ${columns.join(', ')} would be text there`,
      `If they are different tables, give them names of their own in the config: ${relationLabel(found[0]!.relation)}: { as: '{source}_{table}' }.`,
    );
  });
}

/** The columns of which the types have nothing in common but text. */
function columnsThatDoNotFit(tables: readonly (readonly Column[])[]): string[] {
  const types = new Map<string, Set<string>>();
  for (const { name, type } of tables.flat())
    types.set(name, new Set([...(types.get(name) ?? []), wideType(type)]));
  return [...types].flatMap(([name, all]) =>
    !all.has('text') && [...all].reduce(commonType) === 'text' ? [name] : [],
  );
}

function typeAt(
  { source, shape }: { readonly source: string; readonly shape: TableShape },
  column: string,
): string[] {
  const found = shape.columns.find(({ name }) => name === column);
  return found ? [`${found.type} at ${source}`] : [];
}
