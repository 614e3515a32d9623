const wide: Readonly<Record<string, string>> = {
  smallint: 'bigint',
  integer: 'bigint',
  'character varying': 'text',
  bpchar: 'text',
  name: 'text',
};

/**
 * The type that a new table of the warehouse gives a column of this type, so that the column need not change when a source
 * widens its own, or when sources differ: integers are bigint, character types text. Values have the same text in both.
 */
export function wideType(type: string): string {
  const [, element = type, array = ''] = /^(.*?)(\[\])?$/.exec(type) ?? [];
  return `${wide[element] ?? element}${array}`;
}

/** Whether a column of the warehouse can hold a source's column: it has the same type, or the wide one. */
export function holds(warehouseType: string, sourceType: string): boolean {
  return warehouseType === sourceType || warehouseType === wideType(sourceType);
}
