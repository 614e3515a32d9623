import type { TableShape } from './batch.ts';

/** A column that a source had, and has no more: clean keeps its values. */
export interface DroppedColumn {
  readonly name: string;
  /** ISO 8601. */
  readonly since: string;
}

/**
 * The columns that clean has of a table and that the source, whose table now has `shape`, dropped: those of before, and
 * from `at` on those that are missing since `known`. A column that the config leaves out is not dropped.
 */
export function droppedColumns(
  known: { readonly shape: TableShape; readonly dropped?: readonly DroppedColumn[] } | undefined,
  shape: TableShape,
  at: string,
): DroppedColumn[] {
  const { dropped = [], shape: before } = known ?? { shape };
  const present = new Set([...shape.columns.map(({ name }) => name), ...(shape.leftOut ?? [])]);
  const earlier = new Set(dropped.map(({ name }) => name));
  const missing = before.columns.filter(({ name }) => !earlier.has(name));
  return [...dropped, ...missing.map(({ name }) => ({ name, since: at }))].filter(
    ({ name }) => !present.has(name),
  );
}
