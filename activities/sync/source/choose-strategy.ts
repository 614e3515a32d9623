import type { CatalogTable } from './catalog.ts';

type SourceRelation = Pick<CatalogTable, 'kind' | 'sweepable' | 'leaves'>;

/** A table without a key is copied of itself up to this size: whenever it changes, it is read and compared whole. */
export const copiedByItselfBytes = 2 ** 30;

const copiedKinds: Readonly<Record<string, string>> = {
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

/** Why a table is copied; undefined when it is swept, or would be if it had a key. */
export function whyCopied(table: SourceRelation, isWanted: boolean, hasKey: boolean): string | undefined {
  const kind = copiedKinds[table.kind];
  if (kind !== undefined) return kind;
  if (hasForeignPartition(table)) return 'foreign partition';
  if (isWanted) return 'config';
  return !hasKey && sizeOf(table) <= copiedByItselfBytes ? 'no key' : undefined;
}

/** The size of a table without an enforced key, in bytes. */
export function sizeOf({ leaves }: SourceRelation): number {
  return leaves.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}

/** Whether the leaves of a table show that it has changed: by their files, and by xmin, which the role may read. */
export function showsChanges(table: SourceRelation): boolean {
  return table.sweepable === true && !hasForeignPartition(table);
}

function hasForeignPartition({ leaves }: SourceRelation): boolean {
  return leaves.some(({ kind }) => kind === 'f');
}
