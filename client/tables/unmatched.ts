import type { Unmatched } from '../../model/choose-tables.ts';

/** The problem of a pattern that stands for no table, or of a name in its `except`. */
export function problemOfUnmatched({ except, similar }: Unmatched): string {
  if (except === undefined) return 'no source has a table that it stands for';
  const meant = similar === undefined ? '' : ` (did you mean ${similar}?)`;
  return `its except names ${except}, and no source has such a table among those of the pattern${meant}`;
}

/** One line for each pattern with such a problem; nothing when there are none. */
export function renderUnmatched(unmatched: readonly Unmatched[]): string {
  return unmatched.map((each) => `${each.line}: ${problemOfUnmatched(each)}.`).join('\n');
}
