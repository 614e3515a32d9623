import type { Column, RenamedColumn, TableShape } from './batch.ts';

/**
 * The columns of a table that have another name than in its shape `known`: a column is known again by its number in the same
 * relation. A name that a column has now is never one from which another was renamed.
 */
export function renamedColumns(
  known: TableShape | undefined,
  oid: string,
  columns: readonly Pick<Column, 'name' | 'origin'>[],
): RenamedColumn[] {
  if (known?.oid !== oid) return [];
  const names = new Set(columns.map(({ name }) => name));
  const before = new Map(known.columns.map(({ name, origin }) => [numberOf(origin), name]));
  return columns.flatMap(({ name, origin }) => {
    const from = before.get(numberOf(origin));
    return from === undefined || from === name || names.has(from) ? [] : { from, to: name };
  });
}

/** The column's number in its relation, with which its origin begins. */
export function numberOf(origin: string): string {
  return origin.split(' ', 1)[0]!;
}
