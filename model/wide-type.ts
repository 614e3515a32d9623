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
  const { element, array } = partsOf(type);
  return `${wide[element] ?? element}${array}`;
}

/** Types of which each holds every value of those before it. A time without a zone is read as UTC. */
const ladders: readonly (readonly string[])[] = [
  ['bigint', 'numeric'],
  ['real', 'double precision'],
  ['date', 'timestamp without time zone', 'timestamp with time zone'],
  ['jsonb', 'json'],
];

/** The narrowest wide type that holds every value of both types: text, when there is no other. */
export function commonType(a: string, b: string): string {
  const [left, right] = [wideType(a), wideType(b)];
  if (left === right) return left;
  const [one, other] = [partsOf(left), partsOf(right)];
  if (one.array !== other.array) return 'text';
  const ladder = ladders.find((each) => each.includes(one.element) && each.includes(other.element));
  if (!ladder) return `text${one.array}`;
  return `${ladder[Math.max(ladder.indexOf(one.element), ladder.indexOf(other.element))]}${one.array}`;
}

/** Whether a column of the warehouse can hold a source's column: it has the same type, or one that is wider. */
export function holds(warehouseType: string, sourceType: string): boolean {
  return warehouseType === sourceType || commonType(warehouseType, sourceType) === warehouseType;
}

function partsOf(type: string): { readonly element: string; readonly array: string } {
  const [, element = type, array = ''] = /^(.*?)(\[\])?$/.exec(type) ?? [];
  return { element, array };
}
