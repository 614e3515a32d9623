import type { Column, RenamedColumn } from '../../../model/batch.ts';
import { warehouseColumns } from '../../../model/choose-tables.ts';
import type { Mask, TableConfig } from '../../../model/table-config.ts';
import { quoteIdent } from '../../../model/identifier.ts';
import type { CatalogColumn, CatalogTable } from './catalog.ts';
import { saltSetting } from './salt.ts';

/** A column that is read: as it is in the warehouse, and how the source selects it. */
export interface SelectedColumn {
  readonly source: CatalogColumn;
  readonly column: Column;
  readonly expression: string;
  /** What the config replaces its values by; undefined when nothing. */
  readonly mask: Mask | undefined;
}

/**
 * The columns of a table that the config reads, in their order. Those of `kept` keep the name that they had in the warehouse
 * before the source renamed them.
 */
export function selectColumns(
  table: CatalogTable,
  options: TableConfig,
  saltId: string,
  kept: readonly RenamedColumn[],
): SelectedColumn[] {
  return namedColumns(table)
    .map(({ source, name }) => {
      const { from } = kept.find(({ to }) => to === name) ?? {};
      const selected = select(source, from ?? name, maskOf(options, source.name), saltId);
      if (from === undefined) return selected;
      return { ...selected, column: { ...selected.column, renamedTo: name } };
    })
    .filter(({ source }) => isRead(options, source.name));
}

/** The columns of a table, each with the name that it has in the warehouse unless it keeps an earlier one. */
export function namedColumns(table: CatalogTable): { source: CatalogColumn; name: string; origin: string }[] {
  const names = warehouseColumns(table.columns.map(({ name }) => name));
  return table.columns.map((source, at) => ({ source, name: names[at]!, origin: source.origin }));
}

function isRead({ columns }: TableConfig, name: string): boolean {
  if (!columns) return true;
  return 'only' in columns ? columns.only.includes(name) : !columns.except.includes(name);
}

function maskOf({ mask }: TableConfig, name: string): Mask | undefined {
  return mask && Object.hasOwn(mask, name) ? mask[name] : undefined;
}

function select(source: CatalogColumn, name: string, mask: Mask | undefined, saltId: string): SelectedColumn {
  const column = quoteIdent(source.name);
  if (mask === undefined)
    return {
      source,
      column: { name, type: source.type, origin: source.origin },
      expression: source.cast === null ? column : `${column}::${source.cast}`,
      mask,
    };
  const origin = `${source.origin} masked ${mask === 'sha256' ? `sha256 ${saltId}` : JSON.stringify(mask)}`;
  return { source, column: { name, type: 'text', origin }, expression: masked(column, mask), mask };
}

/** The expression whose value leaves the source instead of the column's. Null stays null. */
function masked(column: string, mask: Mask): string {
  if (mask === null) return 'null::text';
  if (mask === 'sha256')
    return `encode(sha256(convert_to(current_setting('${saltSetting}') || ${column}::text, 'UTF8')), 'hex')`;
  return `right(${column}::text, ${mask.last})`;
}
