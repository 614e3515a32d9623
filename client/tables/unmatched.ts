import type { Unmatched } from '../../model/choose-tables.ts';
import { rulesFor } from '../../model/choose-tables.ts';
import type { Config } from '../../model/config.ts';

/**
 * What stands for no table in any of the sources that its line concerns: what all of these have in `found`. Where a pattern
 * stands for no table, no name in its `except` does.
 */
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
    const isEverywhere = having.every((source) =>
      found
        .get(source)
        ?.some((each) => each.line === line && (each.except === undefined || each.except === except)),
    );
    return isEverywhere ? [same.find(isReadAllTheSame) ?? same[0]!] : [];
  });
}

/** Whether it most likely means a table or a column that is read, although the config is meant to leave it out. */
export function isReadAllTheSame({ similar, columnOf }: Unmatched): boolean {
  return similar !== undefined || columnOf !== undefined;
}

/** The problem of a pattern that stands for no table, or of a name in its `except`. */
export function problemOfUnmatched({ except, similar, columnOf }: Unmatched): string {
  if (except === undefined) return 'no source has a table that it stands for';
  const problem = `its except names ${except}, and no source has such a table among those of the pattern`;
  if (similar !== undefined) return `${problem} (did you mean ${similar}?)`;
  if (columnOf === undefined) return problem;
  return `${problem}; ${columnOf} has a column of this name, which only columns: { except: […] } leaves out`;
}

/** One line for each pattern with such a problem; nothing when there are none. */
export function renderUnmatched(unmatched: readonly Unmatched[]): string {
  return unmatched.map((each) => `${each.line}: ${problemOfUnmatched(each)}.`).join('\n');
}
