import type { Unmatched } from '../../model/choose-tables.ts';
import { rulesFor } from '../../model/choose-tables.ts';
import type { Config } from '../../model/config.ts';

/** What stands for no table in any of the sources that its line concerns: what all of these have in `found`. */
export function unmatchedEverywhere(
  config: Config,
  found: ReadonlyMap<string, readonly Unmatched[]>,
): Unmatched[] {
  const all = new Map<string, Unmatched[]>();
  for (const each of [...found.values()].flat()) {
    const key = JSON.stringify([each.line, each.except]);
    all.set(key, [...(all.get(key) ?? []), each]);
  }
  return [...all.values()].flatMap((same) => {
    const { line, except } = same[0]!;
    const having = Object.keys(config.sources).filter((source) =>
      rulesFor(config, source).some(
        (rule) => rule.line === line && (except === undefined || rule.options.except?.includes(except)),
      ),
    );
    return same.length < having.length ? [] : [same.find(({ similar }) => similar !== undefined) ?? same[0]!];
  });
}

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
